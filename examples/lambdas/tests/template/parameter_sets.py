"""Parameters that go together."""

CACHE = {
    "ElastiCacheLambdaVPCID": "vpc-0123456789abcdef0",
    "ElastiCacheLambdaSubnetIDs": "subnet-0123456789abcdef0,subnet-0123456789abcdef1",
}
NO_CACHE = {"CreateCacheServer": "false"}
EXISTING_CACHE = {
    **CACHE,
    "CreateCacheServer": "false",
    "ExistingCacheEndpoint": "a.example:11211,b.example:11211",
    "ExistingCacheLargestItem": "16384",
}
CACHES = {"new": CACHE, "none": NO_CACHE, "existing": EXISTING_CACHE}

SERVER = {}
SERVER_IN_VPC = {
    "TransferEndpointType": "VPC",
    "TransferVPCID": "vpc-0123456789abcdef1",
    "TransferSubnetIDs": "subnet-0123456789abcdef2,subnet-0123456789abcdef3",
    "TransferProtocols": "SFTP,FTPS,FTP",
    "TransferCertificateARN": "arn:aws:acm:us-east-1:123456789012:certificate/1",
}
EXISTING_SERVER = {"CreateServer": "false", "ExistingServerId": "s-0123456789abcdef0"}
EXISTING_LOG = {**EXISTING_SERVER, "ExistingLogGroupName": "/aws/transfer/s-0123456789abcdef0"}
SERVERS = {
    "new": SERVER,
    "in a VPC": SERVER_IN_VPC,
    "existing": EXISTING_SERVER,
    "existing with its log": EXISTING_LOG,
}

OPTIONS = {
    "plain": {},
    "no endpoint": {"DeploySecretsManagerVPCEndpoint": "false"},
    "secrets elsewhere": {
        "DeploySecretsManagerVPCEndpoint": "false",
        "SecretsManagerRegion": "eu-central-1",
        "SecretsKMSKeyARN": "arn:aws:kms:eu-central-1:123456789012:key/1",
    },
    "alarms, no encryption": {
        "AlarmTopicARN": "arn:aws:sns:us-east-1:123456789012:alarms",
        "CacheEncryption": "false",
        "CacheNodeType": "cache.t2.micro",
    },
}

ALL = {
    f"server {server}, cache {cache}, {options}": {
        **SERVERS[server],
        **CACHES[cache],
        **OPTIONS[options],
    }
    for server in SERVERS
    for cache in CACHES
    for options in OPTIONS
}
