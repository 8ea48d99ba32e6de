"""The translated template, deployed into moto's CloudFormation: a second opinion.

moto knows neither Transfer servers, cache clusters, subscription filters, alarms, rules of security
groups by themselves, nor what becomes of a failed invocation. It leaves those out, so the stack is
one with an existing server and an existing cache.
"""

import ast
import json

import boto3
import pytest
from moto import mock_aws

from cloudformation import translated
from parameter_sets import EXISTING_CACHE, EXISTING_SERVER, OPTIONS

pytestmark = pytest.mark.filterwarnings("ignore:Tried to parse")


@pytest.fixture(scope="module")
def deployed(template):
    """The names of the resources that have been made."""
    with mock_aws():
        ec2, s3, cloudformation = map(boto3.client, ("ec2", "s3", "cloudformation"))
        vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
        subnet = ec2.create_subnet(VpcId=vpc, CidrBlock="10.0.1.0/24")["Subnet"]["SubnetId"]
        s3.create_bucket(Bucket="bucket")
        s3.put_object(Bucket="bucket", Key="code.zip", Body=b"PK\5\6" + bytes(18))
        parameters = {
            **EXISTING_SERVER,
            **EXISTING_CACHE,
            **OPTIONS["secrets elsewhere"],
            "DeploySecretsManagerVPCEndpoint": "true",
            "ElastiCacheLambdaVPCID": vpc,
            "ElastiCacheLambdaSubnetIDs": subnet,
        }
        cloudformation.create_stack(
            StackName="sessions",
            TemplateBody=json.dumps(translated(template, parameters)),
            Parameters=[
                {"ParameterKey": key, "ParameterValue": value} for key, value in parameters.items()
            ],
            Capabilities=["CAPABILITY_IAM"],
        )
        (stack,) = cloudformation.describe_stacks(StackName="sessions")["Stacks"]
        assert stack["StackStatus"] == "CREATE_COMPLETE"
        made = cloudformation.list_stack_resources(StackName="sessions")["StackResourceSummaries"]
        names = {one["LogicalResourceId"]: one["PhysicalResourceId"] for one in made}
        yield {**names, "vpc": vpc, "subnet": subnet}


def test_the_functions_are_in_the_vpc(deployed):
    for name in ("GetUserConfigLambda", "FTPSessionTrackingLambda"):
        function = boto3.client("lambda").get_function_configuration(FunctionName=deployed[name])
        assert function["VpcConfig"]["SubnetIds"] == [deployed["subnet"]]
        assert function["VpcConfig"]["SecurityGroupIds"] == [deployed["LambdaSecurityGroup"]]
        assert function["Runtime"] == "provided.al2023"


def test_the_service_may_ask_the_function(deployed):
    function = deployed["GetUserConfigLambda"]
    policy = boto3.client("lambda").get_policy(FunctionName=function)["Policy"]
    (statement,) = json.loads(policy)["Statement"]
    assert statement["Principal"] == {"Service": "transfer.amazonaws.com"}
    server = "arn:aws:transfer:us-east-1:123456789012:server/s-0123456789abcdef0"
    assert statement["Condition"]["ArnLike"]["AWS:SourceArn"] == server


def test_the_roles_may_what_they_need(deployed):
    actions = {
        role: {action for action, _ in allowed(deployed[role])}
        for role in ("GetUserConfigRole", "TrackerRole")
    }
    logs = {"logs:CreateLogStream", "logs:PutLogEvents"}
    assert actions["GetUserConfigRole"] >= {*logs, "kms:Decrypt"}
    assert actions["TrackerRole"] >= {*logs, "sqs:ReceiveMessage", "sqs:SendMessage"}
    secrets = dict(allowed(deployed["GetUserConfigRole"]))["secretsmanager:GetSecretValue"]
    assert secrets.endswith(":secret:s-0123456789abcdef0/*")


def test_the_queues_feed_the_tracker_one_after_the_other(deployed):
    chain = ("RetryQueue", "SlowRetryQueue", "DeadLetterQueue")
    soon, slow, dead = (attributes(deployed[name]) for name in chain)
    for queue, following in ((soon, slow), (slow, dead)):
        redrive = json.loads(queue["RedrivePolicy"])
        assert redrive["deadLetterTargetArn"] == following["QueueArn"]
    sources = boto3.client("lambda").list_event_source_mappings()["EventSourceMappings"]
    queues = sorted(source["EventSourceArn"] for source in sources)
    assert queues == sorted([soon["QueueArn"], slow["QueueArn"]])
    for source in sources:
        assert source["FunctionArn"].split(":")[6] == deployed["FTPSessionTrackingLambda"]


def test_the_endpoint_is_in_the_vpc(deployed):
    (endpoint,) = boto3.client("ec2").describe_vpc_endpoints()["VpcEndpoints"]
    assert endpoint["ServiceName"] == "com.amazonaws.us-east-1.secretsmanager"
    assert (endpoint["VpcId"], endpoint["SubnetIds"]) == (deployed["vpc"], [deployed["subnet"]])


def test_the_dashboard_is_there(deployed):
    cloudwatch = boto3.client("cloudwatch")
    body = cloudwatch.get_dashboard(DashboardName="sessions-session-limit-us-east-1")["DashboardBody"]
    assert deployed["FTPSessionTrackingLambda"] in body
    assert "s-0123456789abcdef0" in body and json.loads(body)["widgets"]


def test_tags_are_on_what_was_made(deployed):
    queue = boto3.client("sqs").list_queue_tags(QueueUrl=deployed["RetryQueue"])["Tags"]
    role = plain(boto3.client("iam").list_role_tags(RoleName=deployed["TrackerRole"])["Tags"])
    groups = boto3.client("ec2").describe_security_groups(GroupIds=[deployed["LambdaSecurityGroup"]])
    group = plain(groups["SecurityGroups"][0]["Tags"])
    assert all(tags["application"] == "session-limit" for tags in (queue, role, group))


def allowed(role):
    """(action, resource) of every statement of the policies of a role."""
    iam = boto3.client("iam")
    for name in iam.list_role_policies(RoleName=role)["PolicyNames"]:
        document = iam.get_role_policy(RoleName=role, PolicyName=name)["PolicyDocument"]
        if isinstance(document, str):
            document = ast.literal_eval(document)  # moto's form of a policy that is a resource
        for statement in document["Statement"]:
            actions = statement["Action"]
            for action in [actions] if isinstance(actions, str) else actions:
                yield action, statement["Resource"]


def attributes(queue):
    sqs = boto3.client("sqs")
    return sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["All"])["Attributes"]


def plain(tags):
    return {tag["Key"]: tag["Value"] for tag in tags}
