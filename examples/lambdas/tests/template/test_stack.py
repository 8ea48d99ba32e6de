"""Which resources there are, for which parameters, and with which properties."""

import graphlib
import json
import re

import pytest
from cfnlint.schema import PROVIDER_SCHEMA_MANAGER

from cloudformation import Stack
from parameter_sets import ALL, CACHE, EXISTING_CACHE, EXISTING_LOG, EXISTING_SERVER, NO_CACHE
from parameter_sets import OPTIONS, SERVER_IN_VPC

TRACKING = {
    "AWS::Lambda::EventInvokeConfig": 1,
    "AWS::Lambda::EventSourceMapping": 2,
    "AWS::Logs::SubscriptionFilter": 1,
    "AWS::SQS::Queue": 3,
}


@pytest.mark.parametrize("parameters", ALL.values(), ids=ALL)
def test_nothing_dangles_and_nothing_waits_for_itself(template, parameters):
    stack = Stack(template, parameters)
    assert not stack.refusals
    tuple(graphlib.TopologicalSorter(stack.references).static_order())


@pytest.mark.parametrize("parameters", ALL.values(), ids=ALL)
def test_what_is_there_follows_from_the_parameters(stack, parameters):
    stack = stack(parameters)
    count = {}
    for resource in stack.resources.values():
        count[resource["Type"]] = count.get(resource["Type"], 0) + 1
    new_cache = parameters.get("CreateCacheServer", "true") == "true"
    tracking = new_cache or "ExistingCacheEndpoint" in parameters
    new_server = "ExistingServerId" not in parameters
    endpoint = tracking and "DeploySecretsManagerVPCEndpoint" not in parameters
    for kind, number in TRACKING.items():
        assert count.get(kind, 0) == number * tracking, kind
    assert count["AWS::Lambda::Function"] == count["AWS::IAM::Role"] == 1 + tracking
    assert count["AWS::Lambda::Permission"] == 1 + tracking
    assert count.get("AWS::Transfer::Server", 0) == new_server
    assert count["AWS::Logs::LogGroup"] == 1 + tracking + ("ExistingLogGroupName" not in parameters)
    assert count.get("AWS::ElastiCache::CacheCluster", 0) == new_cache
    assert count.get("AWS::EC2::VPCEndpoint", 0) == endpoint
    assert count.get("AWS::EC2::SecurityGroup", 0) == tracking + new_cache + endpoint
    assert count["AWS::CloudWatch::Dashboard"] == 1


def test_the_parameters_of_the_published_solution_are_there(template):
    published = {
        "CreateServer", "CreateCacheServer", "SecretsManagerRegion", "TransferEndpointType",
        "TransferSubnetIDs", "TransferVPCID", "ElastiCacheLambdaSubnetIDs",
        "ElastiCacheLambdaVPCID", "DeploySecretsManagerVPCEndpoint", "CacheNodeType",
        "DefaultMaxSessionLimit",
    }
    assert published <= template["Parameters"].keys()
    assert template["Parameters"]["DefaultMaxSessionLimit"]["Default"] == 100


def test_every_parameter_is_in_a_group_and_is_used(template):
    interface = template["Metadata"]["AWS::CloudFormation::Interface"]
    grouped = [name for group in interface["ParameterGroups"] for name in group["Parameters"]]
    assert sorted(grouped) == sorted(template["Parameters"])
    rest = json.dumps({key: template[key] for key in ("Conditions", "Globals", "Resources")})
    for name in template["Parameters"]:
        assert f'{{"Ref": "{name}"}}' in rest or f"${{{name}}}" in rest, name


def test_a_new_server_asks_the_function_and_logs_to_our_group(stack):
    server = stack(CACHE).properties("TransferServer")
    assert server == {
        "Domain": "S3",
        "Protocols": ["SFTP"],
        "EndpointType": "PUBLIC",
        "IdentityProviderType": "AWS_LAMBDA",
        "IdentityProviderDetails": {
            "Function": "<GetUserConfigLambda.Arn>",
            "SftpAuthenticationMethods": "PUBLIC_KEY_OR_PASSWORD",
        },
        "SecurityPolicyName": "TransferSecurityPolicy-2024-01",
        "StructuredLogDestinations": ["<TransferLogGroup.Arn>"],
        "Tags": [{"Key": "application", "Value": "session-limit"}],
    }


def test_a_server_in_a_vpc_speaks_every_protocol(stack):
    server = stack(CACHE, SERVER_IN_VPC).properties("TransferServer")
    assert server["Protocols"] == ["SFTP", "FTPS", "FTP"]
    assert server["Certificate"] == SERVER_IN_VPC["TransferCertificateARN"]
    assert server["EndpointDetails"] == {
        "VpcId": SERVER_IN_VPC["TransferVPCID"],
        "SubnetIds": SERVER_IN_VPC["TransferSubnetIDs"].split(","),
    }
    groups = {"TransferSecurityGroupIDs": "sg-01,sg-02"}
    server = stack(CACHE, SERVER_IN_VPC, groups).properties("TransferServer")
    assert server["EndpointDetails"]["SecurityGroupIds"] == ["sg-01", "sg-02"]
    no_sftp = {"TransferProtocols": "FTPS,FTP"}
    server = stack(CACHE, SERVER_IN_VPC, no_sftp).properties("TransferServer")
    assert server["IdentityProviderDetails"] == {"Function": "<GetUserConfigLambda.Arn>"}


def test_the_server_and_the_functions_agree_on_the_methods(stack):
    both = stack(CACHE, {"SftpAuthenticationMethods": "PUBLIC_KEY_AND_PASSWORD"})
    server = both.properties("TransferServer")["IdentityProviderDetails"]
    assert server["SftpAuthenticationMethods"] == "PUBLIC_KEY_AND_PASSWORD"
    for function in both.of_type("AWS::Lambda::Function").values():
        methods = function["Environment"]["Variables"]["SFTP_AUTHENTICATION_METHODS"]
        assert methods == "PUBLIC_KEY_AND_PASSWORD"


@pytest.mark.parametrize(
    ("parameters", "expected"),
    [
        ({}, ("15", "120", "300", "address")),
        (
            {
                "LoginTimeSeconds": "20",
                "KeyLoginTimeSeconds": "60",
                "ReservationTTLSeconds": "240",
                "ReservationClass": "user",
            },
            ("20", "60", "240", "user"),
        ),
    ],
)
def test_the_functions_agree_on_which_login_a_session_comes_from(stack, parameters, expected):
    functions = stack(CACHE, parameters).of_type("AWS::Lambda::Function")
    assert len(functions) == 2
    names = [
        "LOGIN_TIME_SECONDS", "KEY_LOGIN_TIME_SECONDS", "RESERVATION_TTL_SECONDS",
        "RESERVATION_CLASS",
    ]
    for function in functions.values():
        variables = function["Environment"]["Variables"]
        assert tuple(str(variables[name]) for name in names) == expected


@pytest.mark.parametrize(
    ("parameters", "store"),
    [
        (CACHE, "memcached://<CacheCluster.ConfigurationEndpoint.Address>:"
                "<CacheCluster.ConfigurationEndpoint.Port>?tls=true"),
        ({**CACHE, "CacheEncryption": "false"},
         "memcached://<CacheCluster.ConfigurationEndpoint.Address>:"
         "<CacheCluster.ConfigurationEndpoint.Port>?tls=false"),
        (EXISTING_CACHE,
         "memcached://a.example:11211,b.example:11211?tls=true&max_value=16384"),
        ({**EXISTING_CACHE, "CacheEncryption": "false"},
         "memcached://a.example:11211,b.example:11211?tls=false&max_value=16384"),
        (NO_CACHE, "none"),
    ],
)  # fmt: skip
def test_the_functions_use_the_cache(stack, parameters, store):
    functions = stack(parameters).of_type("AWS::Lambda::Function")
    for function in functions.values():
        assert function["Environment"]["Variables"]["SESSION_STORE"] == store
        assert ("VpcConfig" in function) == (store != "none")


def test_the_cache_is_encrypted_unless_it_is_said_otherwise(stack):
    assert stack(CACHE).properties("CacheCluster")["TransitEncryptionEnabled"] is True
    old = stack(CACHE, OPTIONS["alarms, no encryption"]).properties("CacheCluster")
    assert "TransitEncryptionEnabled" not in old


def test_the_functions_reach_the_cache_and_the_secrets_only(stack):
    new = stack(CACHE)
    (nowhere,) = new.properties("LambdaSecurityGroup")["SecurityGroupEgress"]
    assert nowhere["CidrIp"] == "127.0.0.1/32"
    assert {
        (rule["DestinationSecurityGroupId"], rule["FromPort"], rule["ToPort"])
        for rule in new.of_type("AWS::EC2::SecurityGroupEgress").values()
        if rule["GroupId"] == "<LambdaSecurityGroup.GroupId>"
    } == {
        ("<CacheSecurityGroup.GroupId>", 11211, 11211),
        ("<SecretsEndpointSecurityGroup.GroupId>", 443, 443),
    }
    # Where these are is not known to the template.
    others = stack(EXISTING_CACHE, OPTIONS["no endpoint"])
    nowhere, secrets = others.properties("LambdaSecurityGroup")["SecurityGroupEgress"]
    assert nowhere["CidrIp"] == "127.0.0.1/32"
    assert (secrets["FromPort"], secrets["ToPort"]) == (443, 443)
    (cache,) = others.of_type("AWS::EC2::SecurityGroupEgress").values()
    assert (cache["FromPort"], cache["ToPort"]) == ("11211", "11211")


@pytest.mark.parametrize(
    ("endpoint", "is_accepted"),
    [
        ("", True),
        ("a.example:11211", True),
        ("a.example:11211,b.example:11211,c.example:11211", True),
        ("a.example:11211,b.example:11212", False),
        ("a.example:11211,b.example:1121", False),
        ("a.example:1121,b.example:11211", False),
        ("a.example", False),
    ],
)
def test_the_nodes_of_an_existing_cache_have_one_port(template, endpoint, is_accepted):
    """The functions are let out to the port of the first."""
    pattern = template["Parameters"]["ExistingCacheEndpoint"]["AllowedPattern"]
    assert bool(re.fullmatch(pattern, endpoint)) is is_accepted


def test_only_the_functions_reach_the_cache(stack):
    stack = stack(CACHE)
    assert stack.properties("CacheCluster")["VpcSecurityGroupIds"] == [
        "<CacheSecurityGroup.GroupId>"
    ]
    (rule,) = stack.properties("CacheSecurityGroup")["SecurityGroupIngress"]
    assert rule["SourceSecurityGroupId"] == "<LambdaSecurityGroup.GroupId>"
    assert (rule["FromPort"], rule["ToPort"]) == (11211, 11211)
    for group in stack.of_type("AWS::EC2::SecurityGroup").values():
        assert all("CidrIp" not in rule for rule in group.get("SecurityGroupIngress", []))
    for function in stack.of_type("AWS::Lambda::Function").values():
        assert function["VpcConfig"] == {
            "SecurityGroupIds": ["<LambdaSecurityGroup.GroupId>"],
            "SubnetIds": CACHE["ElastiCacheLambdaSubnetIDs"].split(","),
        }


@pytest.mark.parametrize("parameters", ALL.values(), ids=ALL)
def test_roles_may_do_what_they_need_and_no_more(stack, parameters):
    stack = stack(parameters)
    server = parameters.get("ExistingServerId", "<TransferServer.ServerId>")
    region = parameters.get("SecretsManagerRegion", "us-east-1")
    own = {
        "<GetUserConfigLogGroup.Arn>",
        "<TrackerLogGroup.Arn>",
        "<RetryQueue.Arn>",
        "<SlowRetryQueue.Arn>",
        f"arn:aws:secretsmanager:{region}:123456789012:secret:{server}/*",
        parameters.get("SecretsKMSKeyARN"),
    }
    documents = [stack.properties("GetUserConfigSecrets")["PolicyDocument"]]
    for role in stack.of_type("AWS::IAM::Role").values():
        assert "ManagedPolicyArns" not in role
        documents += [policy["PolicyDocument"] for policy in role["Policies"]]
    for document in documents:
        for statement in document["Statement"]:
            if statement["Effect"] == "Deny":
                continue
            actions = statement["Action"]
            actions = [actions] if isinstance(actions, str) else actions
            assert not any("*" in action for action in actions)
            # Network interfaces cannot be named before they are there.
            if not all(action.startswith("ec2:") for action in actions):
                resources = statement["Resource"]
                resources = [resources] if isinstance(resources, str) else resources
                assert own.issuperset(resources), statement


def test_the_code_of_the_functions_cannot_change_the_network(stack):
    for name in ("GetUserConfigRole", "TrackerRole"):
        (policy,) = stack(CACHE).properties(name)["Policies"]
        (denied,) = [s for s in policy["PolicyDocument"]["Statement"] if s["Effect"] == "Deny"]
        assert (denied["Action"], denied["Resource"]) == ("ec2:*", "*")
        # Only calls of the code carry it: those of Lambda itself, for the same role, do not.
        functions = "arn:aws:lambda:us-east-1:123456789012:function:*"
        assert denied["Condition"] == {"ArnLike": {"lambda:SourceFunctionArn": functions}}


def test_the_key_of_the_secrets_is_used_for_secrets_only(stack):
    policy = stack(CACHE, OPTIONS["secrets elsewhere"]).properties("GetUserConfigSecrets")
    secrets, key = policy["PolicyDocument"]["Statement"]
    assert key["Condition"] == {
        "StringEquals": {"kms:ViaService": "secretsmanager.eu-central-1.amazonaws.com"}
    }


@pytest.mark.parametrize(
    ("parameters", "server"),
    [(CACHE, "<TransferServer.ServerId>"), ({**CACHE, **EXISTING_SERVER}, "s-0123456789abcdef0")],
)
def test_only_this_server_of_this_account_may_ask_the_function(stack, parameters, server):
    assert stack(parameters).properties("GetUserConfigPermission") == {
        "FunctionName": "<GetUserConfigLambda.Arn>",
        "Action": "lambda:InvokeFunction",
        "Principal": "transfer.amazonaws.com",
        "SourceAccount": "123456789012",
        "SourceArn": f"arn:aws:transfer:us-east-1:123456789012:server/{server}",
    }


@pytest.mark.parametrize(
    ("parameters", "group"),
    [
        (CACHE, "<TransferLogGroup>"),
        ({**CACHE, **EXISTING_SERVER}, "<TransferLogGroup>"),
        ({**CACHE, **EXISTING_LOG}, "/aws/transfer/s-0123456789abcdef0"),
    ],
)
def test_the_tracker_reads_the_servers_log(stack, parameters, group):
    stack = stack(parameters)
    (subscription,) = stack.of_type("AWS::Logs::SubscriptionFilter").values()
    assert subscription["LogGroupName"] == group == stack.outputs["TransferLog"]
    assert subscription["DestinationArn"] == "<FTPSessionTrackingLambda.Arn>"
    (permission,) = [
        permission
        for permission in stack.of_type("AWS::Lambda::Permission").values()
        if permission["Principal"] == "logs.amazonaws.com"
    ]
    assert permission["SourceArn"].endswith(f":log-group:{group}:*")


# How long Lambda itself tries an asynchronous invocation: a minute, and then two.
BEFORE_THE_QUEUES = 60 + 120
# The queues, in the order in which a message gets from one to the next.
CHAIN = ["RetryQueue", "SlowRetryQueue", "DeadLetterQueue"]


def test_what_lambda_gives_up_on_comes_again_and_ends_in_the_dead_letter_queue(stack):
    stack = stack(CACHE)
    (invocations,) = stack.of_type("AWS::Lambda::EventInvokeConfig").values()
    assert invocations["FunctionName"] == "<FTPSessionTrackingLambda>"
    assert invocations["MaximumRetryAttempts"] == 2
    assert invocations["DestinationConfig"]["OnFailure"]["Destination"] == f"<{CHAIN[0]}.Arn>"
    for name, following in zip(CHAIN, CHAIN[1:]):
        redrive = stack.properties(name)["RedrivePolicy"]
        assert redrive["deadLetterTargetArn"] == f"<{following}.Arn>"
    assert "RedrivePolicy" not in stack.properties(CHAIN[-1])
    assert all(stack.properties(name)["SqsManagedSseEnabled"] is True for name in CHAIN)
    sources = stack.of_type("AWS::Lambda::EventSourceMapping").values()
    assert {source["EventSourceArn"] for source in sources} == {f"<{n}.Arn>" for n in CHAIN[:-1]}
    for source in sources:
        assert source["FunctionName"] == "<FTPSessionTrackingLambda>"
        assert source["FunctionResponseTypes"] == ["ReportBatchItemFailures"]


def test_the_wait_for_the_cache_grows_and_ends_after_a_day(stack):
    stack = stack(CACHE)
    soon, slow = (stack.properties(name) for name in CHAIN[:-1])
    waits = [
        queue["VisibilityTimeout"]
        for queue in (soon, slow)
        for _ in range(queue["RedrivePolicy"]["maxReceiveCount"])
    ]
    assert waits == sorted(waits) and soon["VisibilityTimeout"] < slow["VisibilityTimeout"]
    # After ten minutes without a cache a slot comes back within two.
    tries = [BEFORE_THE_QUEUES + sum(waits[:number]) for number in range(len(waits))]
    away = 10 * 60
    assert min(time for time in tries if time >= away) <= away + 120
    assert all(wait <= 120 for time, wait in zip(tries, waits) if time < away)
    # The tries end before a message expires, whose age counts from the first queue on.
    expire = [stack.properties(name)["MessageRetentionPeriod"] for name in CHAIN]
    assert 86400 <= sum(waits) < expire[0] <= expire[1] < expire[2]
    # A message is not taken again while it is worked on.
    timeout = stack.properties("FTPSessionTrackingLambda")["Timeout"]
    assert soon["VisibilityTimeout"] >= 2 * timeout
    assert slow["VisibilityTimeout"] >= 6 * timeout


def test_what_waits_is_tried_often_enough_for_the_alarm_of_the_cache(stack):
    """Or it ends while the cache is still away, where nobody logs in."""
    stack = stack(CACHE)
    alarm, slow = stack.properties("StoreFailuresAlarm"), stack.properties("SlowRetryQueue")
    assert alarm["Threshold"] * slow["VisibilityTimeout"] <= alarm["Period"]


def test_the_endpoint_for_secrets_lets_the_functions_in(stack):
    stack = stack(CACHE)
    endpoint = stack.properties("SecretsEndpoint")
    assert endpoint["ServiceName"] == "com.amazonaws.us-east-1.secretsmanager"
    assert endpoint["PrivateDnsEnabled"] is True
    assert endpoint["SecurityGroupIds"] == ["<SecretsEndpointSecurityGroup.GroupId>"]
    (rule,) = stack.properties("SecretsEndpointSecurityGroup")["SecurityGroupIngress"]
    assert rule["SourceSecurityGroupId"] == "<LambdaSecurityGroup.GroupId>"
    assert (rule["FromPort"], rule["ToPort"]) == (443, 443)
    (statement,) = endpoint["PolicyDocument"]["Statement"]
    assert statement == {
        "Effect": "Allow",
        "Principal": "*",
        "Action": "secretsmanager:GetSecretValue",
        "Resource": "arn:aws:secretsmanager:us-east-1:123456789012:secret:*",
        "Condition": {"StringEquals": {"aws:PrincipalAccount": "123456789012"}},
    }


def test_the_server_and_its_records_outlive_the_stack(template):
    kept = {
        name
        for name, resource in template["Resources"].items()
        if resource.get("DeletionPolicy") == "RetainExceptOnCreate"
        and resource["UpdateReplacePolicy"] == "Retain"
    }
    assert kept == {"TransferServer", "TransferLogGroup", "GetUserConfigLogGroup"}
    assert template["Resources"]["CacheCluster"]["DeletionPolicy"] == "Delete"


@pytest.mark.parametrize("cache", [CACHE, EXISTING_CACHE])
def test_an_operator_on_call_is_given_the_settings_of_the_functions(stack, cache):
    stack = stack(cache, {"SessionLedger": "counter", "SessionTTLSeconds": "7200"})
    export, *settings = stack.outputs["SessionSettings"].split()
    settings = {name: value.strip("'") for name, value in (one.split("=", 1) for one in settings)}
    assert export == "export"
    assert settings.pop("SERVER") == stack.outputs["ServerId"]
    variables = stack.properties("GetUserConfigLambda")["Environment"]["Variables"]
    assert len(settings) == 7
    assert settings == {name: str(variables[name]) for name in settings}


def test_an_existing_server_is_told_of_the_function(stack):
    outputs = stack(CACHE, EXISTING_SERVER).outputs
    command = outputs["PointServerHere"]
    assert "update-server --region us-east-1 --server-id s-0123456789abcdef0" in command
    assert "Function=<GetUserConfigLambda.Arn>" in command
    assert command.endswith("log-group:<TransferLogGroup>:*'")
    assert "ServerEndpoint" not in outputs
    assert "PointServerHere" not in stack(CACHE).outputs


def test_logs_are_kept_for_a_while_and_alarms_are_told(stack):
    stack = stack(CACHE, OPTIONS["alarms, no encryption"], {"LogRetentionDays": "30"})
    for group in stack.of_type("AWS::Logs::LogGroup").values():
        assert group["RetentionInDays"] == "30"
    topic = OPTIONS["alarms, no encryption"]["AlarmTopicARN"]
    for alarm in stack.of_type("AWS::CloudWatch::Alarm").values():
        assert alarm["AlarmActions"] == alarm["OKActions"] == [topic]


def test_the_functions_have_time_and_memory(stack):
    function = stack(CACHE, {"FunctionArchitecture": "arm64"}).properties("GetUserConfigLambda")
    assert (function["Timeout"], function["MemorySize"]) == (15, 1024)
    assert function["Architectures"] == ["arm64"]
    assert (function["Runtime"], function["Handler"]) == ("provided.al2023", "bootstrap")


@pytest.mark.parametrize("parameters", ALL.values(), ids=ALL)
def test_whatever_can_carry_a_tag_tells_what_it_belongs_to(stack, parameters):
    stack = stack(parameters)
    for name, resource in stack.resources.items():
        schema = PROVIDER_SCHEMA_MANAGER.get_resource_schema("us-east-1", resource["Type"]).schema
        # SAM makes these two, and hands no tags on to them.
        if "Tags" in schema["properties"] and resource["Type"] != "AWS::Lambda::EventSourceMapping":
            tags = stack.properties(name).get("Tags", ())
            assert {"Key": "application", "Value": "session-limit"} in tags, name
