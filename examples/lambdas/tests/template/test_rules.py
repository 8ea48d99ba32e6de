"""Each combination that cannot work is refused, by a sentence that says what to change."""

import re

import pytest

from cloudformation import Stack
from parameter_sets import CACHE, EXISTING_CACHE, EXISTING_SERVER, NO_CACHE, SERVER_IN_VPC

VPC, SUBNETS = "ElastiCacheLambdaVPCID", "ElastiCacheLambdaSubnetIDs"
NETWORK = {
    "TransferVPCID": "vpc-01",
    "TransferSubnetIDs": "subnet-01,subnet-02",
    "TransferSecurityGroupIDs": "sg-01",
}


def without(parameters, name):
    return {key: value for key, value in parameters.items() if key != name}


WRONG = [
    (without(CACHE, VPC), "A cache needs a VPC: set ElastiCacheLambdaVPCID"),
    (without(CACHE, SUBNETS), "A cache needs subnets: set ElastiCacheLambdaSubnetIDs"),
    ({**CACHE, "ExistingCacheEndpoint": "a.example:11211"},
     "There can be one cache only: set CreateCacheServer=false"),
    ({**CACHE, "ExistingCacheLargestItem": "16384"},
     "ExistingCacheLargestItem is for an existing cache: leave it at 1048576"),
    (without(EXISTING_CACHE, VPC),
     "The functions have to reach the cache: set ElastiCacheLambdaVPCID"),
    (without(EXISTING_CACHE, SUBNETS),
     "The functions have to reach the cache: set ElastiCacheLambdaSubnetIDs"),
    ({**CACHE, "CacheNodeType": "cache.t2.micro"},
     "too old for encryption: set CacheNodeType=cache.t4g.micro, or CacheEncryption=false"),
    ({**NO_CACHE, **without(SERVER_IN_VPC, "TransferVPCID")},
     "A server in a VPC needs its id: set TransferVPCID"),
    ({**NO_CACHE, **without(SERVER_IN_VPC, "TransferSubnetIDs")},
     "A server in a VPC needs subnets: set TransferSubnetIDs"),
    *(({**NO_CACHE, name: value}, f"{name} is for a server in a VPC: leave it empty")
      for name, value in NETWORK.items()),
    ({**NO_CACHE, "TransferProtocols": "FTP"},
     "FTPS and FTP work in a VPC only: set TransferEndpointType=VPC"),
    ({**NO_CACHE, **without(SERVER_IN_VPC, "TransferCertificateARN")},
     "FTPS needs a certificate: set TransferCertificateARN"),
    ({**NO_CACHE, **SERVER_IN_VPC, "TransferProtocols": "SFTP,FTP"},
     "Only FTPS uses a certificate: leave TransferCertificateARN empty"),
    ({**NO_CACHE, "CreateServer": "false"},
     "Without a new server there has to be one already: set ExistingServerId"),
    ({**NO_CACHE, "ExistingServerId": "s-0123456789abcdef0"},
     "ExistingServerId is for CreateServer=false"),
    ({**NO_CACHE, "ExistingLogGroupName": "/aws/transfer/x"},
     "ExistingLogGroupName is for CreateServer=false"),
    ({**CACHE, "SecretsManagerRegion": "eu-central-1"},
     "Secrets Manager of this region only: leave SecretsManagerRegion empty"),
    ({**EXISTING_CACHE, "SecretsManagerRegion": "eu-central-1"},
     "Secrets Manager of this region only: leave SecretsManagerRegion empty"),
    ({**NO_CACHE, "SessionLedger": "counter", "KeyPhase": "check"},
     "A counter cannot merely check logins by key: set KeyPhase=auto or strict"),
]  # fmt: skip


@pytest.mark.parametrize(("parameters", "sentence"), WRONG, ids=[s for _, s in WRONG])
def test_a_wrong_combination_is_refused_by_one_sentence(template, parameters, sentence):
    (refusal,) = refusals(template, parameters)
    assert sentence in refusal


def test_every_assertion_is_shown_to_refuse(template):
    every = {
        assertion["AssertDescription"]
        for rule in template["Rules"].values()
        for assertion in rule["Assertions"]
    }
    assert every == {text for parameters, _ in WRONG for text in refusals(template, parameters)}


@pytest.mark.parametrize("node", ["cache.t3.micro", "cache.m6g.large", "cache.r7g.large"])
def test_newer_nodes_are_accepted(template, node):
    assert not refusals(template, {**CACHE, "CacheNodeType": node})


def test_a_reservation_cannot_outlive_a_session(template):
    """No rule can compare two numbers, so their ranges see to it."""
    reservation, session = (
        template["Parameters"][name] for name in ("ReservationTTLSeconds", "SessionTTLSeconds")
    )
    assert reservation["MaxValue"] <= session["MinValue"]


@pytest.mark.parametrize("name", ["LoginTimeSeconds", "KeyLoginTimeSeconds"])
def test_a_login_cannot_take_longer_than_it_holds_its_slot(template, name):
    """The functions would not start."""
    login, reservation = (template["Parameters"][n] for n in (name, "ReservationTTLSeconds"))
    assert 1 == login["MinValue"] <= login["Default"] <= login["MaxValue"]
    assert login["MaxValue"] <= reservation["MinValue"] <= reservation["Default"]


def test_enter_is_an_answer_to_whatever_has_a_default(template):
    """To a parameter with NoEcho it is none: sam deploy --guided shows no default and asks again."""
    hidden = [name for name, p in template["Parameters"].items() if p.get("NoEcho")]
    assert not [name for name in hidden if "Default" in template["Parameters"][name]]


@pytest.mark.parametrize(
    ("decoy", "is_one"),
    [
        ("", True),
        ("a password", True),
        ("$2b$12$" + "a" * 53, True),
        ("$argon2id$v=19$m=19456,t=2,p=1$c2FsdHNhbHQ$aGFzaGhhc2g", True),
        ("$2y$10$abc", False),
        ("$1$md5", False),
    ],
)
def test_a_decoy_is_a_password_or_a_whole_hash(template, decoy, is_one):
    pattern = template["Parameters"]["DecoyPassword"]["AllowedPattern"]
    assert bool(re.fullmatch(pattern, decoy)) is is_one


def test_the_answers_to_the_published_solution_are_accepted(template):
    """With those that an upgrade needs. Of a server that is there, the network does not matter."""
    published = {
        **CACHE,
        "CreateCacheServer": "true",
        "SecretsManagerRegion": "us-east-1",
        "TransferEndpointType": "VPC",
        "TransferVPCID": "vpc-01",
        "TransferSubnetIDs": "subnet-01,subnet-02",
        "DeploySecretsManagerVPCEndpoint": "true",
        "DefaultMaxSessionLimit": "100",
    }
    assert not refusals(template, {**published, **EXISTING_SERVER})
    of_a_public_server = {**published, **EXISTING_SERVER, "TransferEndpointType": "PUBLIC"}
    assert not refusals(template, of_a_public_server)


def refusals(template, parameters):
    """Stops before the resources, which may dangle where a rule refuses."""
    only_rules = {**template, "Resources": {"X": template["Resources"]["GetUserConfigLogGroup"]}}
    return Stack({**only_rules, "Outputs": {}}, parameters).refusals
