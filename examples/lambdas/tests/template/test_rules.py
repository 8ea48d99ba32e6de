"""Each combination that cannot work is refused, by a sentence that says what to change."""

import pytest

from cloudformation import Stack
from worlds import CACHE, EXISTING_CACHE, NO_CACHE, SERVER_IN_VPC

VPC, SUBNETS = "ElastiCacheLambdaVPCID", "ElastiCacheLambdaSubnetIDs"


def without(parameters, name):
    return {key: value for key, value in parameters.items() if key != name}


WRONG = [
    (without(CACHE, VPC), "A cache needs a VPC: set ElastiCacheLambdaVPCID"),
    (without(CACHE, SUBNETS), "A cache needs subnets: set ElastiCacheLambdaSubnetIDs"),
    ({**EXISTING_CACHE, "CreateCacheServer": "true"},
     "There can be one cache only: set CreateCacheServer=false"),
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
    ({**NO_CACHE, "TransferProtocols": "FTP"},
     "FTPS and FTP work in a VPC only: set TransferEndpointType=VPC"),
    ({**NO_CACHE, **without(SERVER_IN_VPC, "TransferCertificateARN")},
     "FTPS needs a certificate: set TransferCertificateARN"),
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


def refusals(template, parameters):
    """Stops before the resources, which may dangle where a rule refuses."""
    only_rules = {**template, "Resources": {"X": template["Resources"]["GetUserConfigLogGroup"]}}
    return Stack({**only_rules, "Outputs": {}}, parameters).refusals
