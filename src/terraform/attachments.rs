/// A resource that is a part of another one, which it names in an attribute.
pub(crate) struct Attachment {
    /// The part.
    pub(crate) child: &'static str,
    /// Its attribute that names the whole.
    pub(crate) via: &'static str,
    /// The whole.
    pub(crate) parent: &'static str,
    /// Attributes of the whole by whose literal value it may be named.
    pub(crate) keys: &'static [&'static str],
}

const fn row(
    child: &'static str,
    via: &'static str,
    parent: &'static str,
    keys: &'static [&'static str],
) -> Attachment {
    Attachment { child, via, parent, keys }
}

const BUCKET: &[&str] = &["bucket"];
const NAME: &[&str] = &["name"];
const ID: &[&str] = &[];

/// The parts that providers keep as resources of their own.
pub(crate) const ATTACHMENTS: &[Attachment] = &[
    row("aws_s3_bucket_acl", "bucket", "aws_s3_bucket", BUCKET),
    row("aws_s3_bucket_lifecycle_configuration", "bucket", "aws_s3_bucket", BUCKET),
    row("aws_s3_bucket_logging", "bucket", "aws_s3_bucket", BUCKET),
    row("aws_s3_bucket_object_lock_configuration", "bucket", "aws_s3_bucket", BUCKET),
    row("aws_s3_bucket_ownership_controls", "bucket", "aws_s3_bucket", BUCKET),
    row("aws_s3_bucket_policy", "bucket", "aws_s3_bucket", BUCKET),
    row("aws_s3_bucket_public_access_block", "bucket", "aws_s3_bucket", BUCKET),
    row("aws_s3_bucket_server_side_encryption_configuration", "bucket", "aws_s3_bucket", BUCKET),
    row("aws_s3_bucket_versioning", "bucket", "aws_s3_bucket", BUCKET),
    row("aws_s3_bucket_website_configuration", "bucket", "aws_s3_bucket", BUCKET),
    row("aws_s3_bucket_cors_configuration", "bucket", "aws_s3_bucket", BUCKET),
    row("aws_s3_bucket_replication_configuration", "bucket", "aws_s3_bucket", BUCKET),
    row("aws_security_group_rule", "security_group_id", "aws_security_group", ID),
    row("aws_vpc_security_group_ingress_rule", "security_group_id", "aws_security_group", ID),
    row("aws_vpc_security_group_egress_rule", "security_group_id", "aws_security_group", ID),
    row("aws_iam_role_policy", "role", "aws_iam_role", NAME),
    row("aws_iam_role_policy_attachment", "role", "aws_iam_role", NAME),
    row("aws_iam_user_policy", "user", "aws_iam_user", NAME),
    row("aws_iam_user_policy_attachment", "user", "aws_iam_user", NAME),
    row("aws_iam_group_policy", "group", "aws_iam_group", NAME),
    row("aws_iam_group_policy_attachment", "group", "aws_iam_group", NAME),
    row("aws_sqs_queue_policy", "queue_url", "aws_sqs_queue", ID),
    row("aws_sns_topic_policy", "arn", "aws_sns_topic", ID),
    row("aws_kms_key_policy", "key_id", "aws_kms_key", ID),
    row("aws_ecr_repository_policy", "repository", "aws_ecr_repository", NAME),
    row("aws_ecr_lifecycle_policy", "repository", "aws_ecr_repository", NAME),
    row("aws_efs_file_system_policy", "file_system_id", "aws_efs_file_system", ID),
    row("aws_secretsmanager_secret_policy", "secret_arn", "aws_secretsmanager_secret", ID),
    row("aws_secretsmanager_secret_rotation", "secret_id", "aws_secretsmanager_secret", NAME),
    row("aws_lambda_permission", "function_name", "aws_lambda_function", &["function_name"]),
    row("aws_lambda_function_url", "function_name", "aws_lambda_function", &["function_name"]),
    row("aws_opensearch_domain_policy", "domain_name", "aws_opensearch_domain", &["domain_name"]),
    row("aws_elasticsearch_domain_policy", "domain_name", "aws_elasticsearch_domain", &["domain_name"]),
    row("aws_rds_cluster_instance", "cluster_identifier", "aws_rds_cluster", &["cluster_identifier"]),
    row("aws_docdb_cluster_instance", "cluster_identifier", "aws_docdb_cluster", &["cluster_identifier"]),
    row("aws_neptune_cluster_instance", "cluster_identifier", "aws_neptune_cluster", &["cluster_identifier"]),
    row("aws_apigatewayv2_route", "api_id", "aws_apigatewayv2_api", ID),
    row("aws_api_gateway_method", "rest_api_id", "aws_api_gateway_rest_api", ID),
    row("aws_api_gateway_rest_api_policy", "rest_api_id", "aws_api_gateway_rest_api", ID),
    row("aws_backup_vault_policy", "backup_vault_name", "aws_backup_vault", NAME),
    row("aws_glacier_vault_lock", "vault_name", "aws_glacier_vault", NAME),
    row("azurerm_storage_account_network_rules", "storage_account_id", "azurerm_storage_account", ID),
    row("azurerm_storage_account_network_rules", "storage_account_name", "azurerm_storage_account", NAME),
    row("azurerm_storage_container", "storage_account_id", "azurerm_storage_account", ID),
    row("azurerm_storage_container", "storage_account_name", "azurerm_storage_account", NAME),
    row("azurerm_storage_account_customer_managed_key", "storage_account_id", "azurerm_storage_account", ID),
    row("azurerm_key_vault_access_policy", "key_vault_id", "azurerm_key_vault", ID),
    row("azurerm_network_security_rule", "network_security_group_name", "azurerm_network_security_group", NAME),
    row("azurerm_subnet_network_security_group_association", "subnet_id", "azurerm_subnet", ID),
    row("azurerm_mssql_firewall_rule", "server_id", "azurerm_mssql_server", ID),
    row("azurerm_mssql_server_extended_auditing_policy", "server_id", "azurerm_mssql_server", ID),
    row("azurerm_postgresql_firewall_rule", "server_name", "azurerm_postgresql_server", NAME),
    row("azurerm_postgresql_flexible_server_firewall_rule", "server_id", "azurerm_postgresql_flexible_server", ID),
    row("azurerm_mysql_firewall_rule", "server_name", "azurerm_mysql_server", NAME),
    row("azurerm_mysql_flexible_server_firewall_rule", "server_name", "azurerm_mysql_flexible_server", NAME),
    row("azurerm_redis_firewall_rule", "redis_cache_name", "azurerm_redis_cache", NAME),
    row("google_storage_bucket_iam_member", "bucket", "google_storage_bucket", NAME),
    row("google_storage_bucket_iam_binding", "bucket", "google_storage_bucket", NAME),
    row("google_storage_bucket_iam_policy", "bucket", "google_storage_bucket", NAME),
    row("google_storage_bucket_acl", "bucket", "google_storage_bucket", NAME),
    row("google_storage_default_object_acl", "bucket", "google_storage_bucket", NAME),
    row("google_storage_bucket_access_control", "bucket", "google_storage_bucket", NAME),
    row("google_bigquery_dataset_access", "dataset_id", "google_bigquery_dataset", &["dataset_id"]),
    row("google_bigquery_dataset_iam_member", "dataset_id", "google_bigquery_dataset", &["dataset_id"]),
    row("google_container_node_pool", "cluster", "google_container_cluster", NAME),
    row("google_cloud_run_service_iam_member", "service", "google_cloud_run_service", NAME),
    row("google_cloud_run_v2_service_iam_member", "name", "google_cloud_run_v2_service", NAME),
    row("google_compute_firewall", "network", "google_compute_network", NAME),
    row("google_kms_crypto_key_iam_member", "crypto_key_id", "google_kms_crypto_key", ID),
    row("google_pubsub_topic_iam_member", "topic", "google_pubsub_topic", NAME),
    row("google_secret_manager_secret_iam_member", "secret_id", "google_secret_manager_secret", &["secret_id"]),
];
