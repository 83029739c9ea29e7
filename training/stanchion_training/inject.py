"""Typed defect injection: pairs of descriptions that differ in one decisive value.

An operator is typed by the provider's *schema*, not by a resource type: it applies wherever the
schema has an attribute of that kind and meaning, so it reaches types that no rule covers. Each
pair sets the attribute to its weak and to its safe value on the same real (or, for types that
nobody in the corpus uses, made-up) resource. Both sides then get *decoys*, harmless edits made
independently, so that "was edited" says nothing.
"""

from __future__ import annotations

import gzip
import json
import random
import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from .corpus import Description, Line, Unit, canonical
from .schema import NEVER, camel

ABSENT = "absent"


@dataclass(frozen=True)
class Operator:
    """How an attribute whose path matches is made weak and safe."""

    category: str
    kind: str
    pattern: re.Pattern[str]
    weak: tuple[str, ...]
    safe: tuple[str, ...]


def guard(category: str, pattern: str) -> Operator:
    """A boolean that is safe when true; absent is as weak as false."""
    return Operator(category, "bool", re.compile(pattern), ("false", "false", ABSENT), ("true",))


def hazard(category: str, pattern: str) -> Operator:
    """A boolean that is weak when true."""
    return Operator(category, "bool", re.compile(pattern), ("true",), ("false",))


def choice(category: str, pattern: str, weak: str, safe: str, kind: str = "string") -> Operator:
    """A text or number with weak and safe values, `|` between them."""
    return Operator(category, kind, re.compile(pattern), tuple(weak.split("|")), tuple(safe.split("|")))


#: In order: the first that matches a path decides. Paths are written with `_` between all words.
OPERATORS = (
    # Hazards, whose words often contain those of a guard.
    hazard("encryption-in-transit", r"(insecure|skip_(tls|ssl)|disable_(tls|ssl|https)|(tls|ssl)_disabled|allow_http|http_allowed|plain_?text|skip_verify)"),
    hazard("authentication", r"(anonymous|local_(auth|account|user)\w*_enabled|local_authentication_enabled|(admin|basic_auth|password_auth\w*|shared_(access_)?key\w*|api_key\w*|access_key_auth\w*|sas_\w*)_enabled|unauthenticated|disable_auth|auth\w*_disabled|skip_auth|without_auth)"),
    guard("authentication", r"(local_(auth|account)\w*_disabled|disable_local_auth\w*|basic_auth_disabled|password_authentication_disabled)"),
    hazard("logging-monitoring", r"(disable_(audit|log)\w*|log\w*_disabled|skip_log)"),
    guard("network-exposure", r"(disable_public|public_\w*disabled|block_public|deny_public|no_public|restrict_public|ignore_public)"),
    hazard("network-exposure", r"(public(ly)?_?(network|ip|access|endpoint|accessible|address|dns|query|internet|ingest)?\w*|internet_(access|facing|ingest|query)\w*|direct_internet|external_(access|ip|ingress)\w*|host_network|expose\w*|with_public_ip|outbound_(network_)?access\w*|dangerous\w*)$"),
    hazard("access-control", r"(privileged(_mode)?|allow_privilege\w*|host_(pid|ipc)|root_access|legacy_abac\w*|automount_service_account_token|cross_tenant\w*|full_access|superuser|admin_access|super_user|unrestricted|allow_all|nested_items_to_be_public|allow_any|wildcard\w*|permissive\w*|propagate_tags_never)$"),
    hazard("resilience", r"(force_destroy|force_delete|skip_final_snapshot|delete_automated_backups|skip_destroy_never|delete_on_termination_never|purge_soft_delete\w*)$"),
    # Guards.
    guard("encryption-at-rest", r"(encrypt\w*_at_rest|at_rest_encrypt\w*|storage_encrypt\w*|volume_encrypt\w*|disk_encrypt\w*|infrastructure_encrypt\w*|root_volume_encrypt\w*|double_encrypt\w*|encrypt(ed|ion)?(_enabled)?|enable_encrypt\w*|key_rotation\w*|cmk_\w*|encryption_at_host\w*|server_side_encrypt\w*|user_volume_encryption_enabled|kms_\w*enabled)$"),
    guard("encryption-in-transit", r"(transit_encrypt\w*|in_transit\w*|ssl(_mode|_enabled|_enforce\w*)?|tls(_enabled|_required)?|https_(only|traffic\w*|enabled|required)|require_(ssl|tls|https)|enforce_(ssl|tls|https)\w*|enable_(ssl|tls|https)\w*|force_(ssl|https)|encrypt_in\w*|(ssl|tls|secure)_(enforcement|only|required|connections?)\w*|secure_transport|require_secure\w*|client_cert\w*_enabled|certificate_validation\w*|node_to_node_encryption\w*|verify_(ssl|tls|cert)\w*)$"),
    guard("authentication", r"(iam_(database_)?auth\w*|mfa\w*|require_auth\w*|auth(entication|n)?(_enabled|_required)|enable_(auth|iam|oidc|mfa)\w*|oidc_\w*enabled|aad_auth\w*|azure_ad\w*|active_directory_auth\w*|authorization_enabled|sso_enabled|saml_enabled|sign_in\w*|transit_authentication\w*|security_enabled|entra\w*enabled|require_(mfa|signed|numbers|symbols|uppercase\w*|lowercase\w*))$"),
    guard("logging-monitoring", r"((audit|access|flow|query|slow|general|error|execution|user|connection|debug|diagnostic)?_?log(s|ging)?(_enabled|_export|_config)?|enable_(log|audit|monitor|metric|tracing|xray|insight|cloudwatch|flow|stackdriver)\w*|audit\w*_enabled|monitor(ing)?(_enabled)?|(container|performance|contributor)_insights\w*|xray_tracing\w*|tracing_enabled|metrics_enabled|threat_detection\w*|defender\w*|alert\w*_enabled|include_global_service_events|is_multi_region_trail|log_file_validation\w*|log_connections|log_disconnections|log_checkpoints|guard_?duty\w*|detailed_monitoring\w*|enable_detailed\w*|cloudwatch_\w*enabled)$"),
    guard("network-exposure", r"(private_(cluster|endpoint|nodes?|link|network|access|dns|google_access|ip)\w*(_enabled)?|internal(_only|_load_balancer\w*)?|vnet_\w*(enabled|integration)|network_isolation\w*|enable_private\w*|vpc_(only|enabled|routing)\w*|isolated|virtual_network_\w*enabled|firewall_enabled|enable_firewall|waf_enabled|enable_waf|authorized_networks_enabled|no_ingress|ingress_internal|managed_virtual_network_enabled)$"),
    guard("access-control", r"(rbac\w*enabled|enable_rbac|role_based_access\w*|uniform_bucket_level_access|read_only_root\w*|run_as_non_root|enforce_\w*|secure_boot\w*|integrity_monitoring|shielded\w*|restrict\w*|use_fine_grained|bucket_owner_enforced|enable_shielded\w*|workload_identity_enabled|policy_enabled|prevent_user_existence_errors|least_privilege\w*|resource_policy_enabled|confidential\w*enabled|vtpm_enabled|os_login|block_project_ssh_keys)$"),
    guard("resilience", r"(deletion_protection\w*|delete_protection\w*|purge_protection\w*|termination_protection\w*|protect\w*_from_deletion|backup(s)?(_enabled)?|enable_backup|automatic_backups?\w*|multi_az\w*|zone_redundan\w*|multi_region|point_in_time\w*|versioning(_enabled)?|soft_delete\w*|geo_redundant\w*|cross_zone\w*|automatic_failover\w*|auto_minor_version_upgrade|automatic_(upgrade|repair)\w*|enable_(deletion|versioning|pitr|cross)\w*|copy_tags_to_snapshot|high_availability\w*|skip_destroy|auto_(upgrade|repair)|object_lock_enabled|global_replication)$"),
    guard("supply-chain", r"(scan_on_push|image_scan\w*|vulnerability_scan\w*|content_trust\w*|trust_policy_enabled|quarantine_policy\w*|signature\w*(required|enabled)|binary_auth\w*|immutab\w*(enabled|tags)?|verify_\w*signature\w*|image_cleaner\w*)$"),
    # Texts.
    choice("encryption-in-transit", r"(?:^|_)(min(imum)?_?(tls|ssl|protocol)\w*|(tls|ssl)_(version|policy|minimum\w*|profile|mode|protocol\w*)|security_policy|ssl_support\w*|minimum_tls\w*)$", "version tls 1 0|version tls 1 1|version ssl 3 0|false|absent|text", "version tls 1 2|version tls 1 3"),
    choice("encryption-in-transit", r"(?:^|_)(viewer_protocol_policy|(listener|origin|backend|endpoint|frontend)?_?protocol(_policy)?|scheme|client_broker|transport\w*)$", "literal http|literal plaintext|literal tcp|literal allow all", "literal https|literal tls|literal redirect to https|literal https only"),
    choice("encryption-at-rest", r"(?:^|_)((kms|cmk|cmek|customer_managed|encryption|disk_encryption|sse|default_kms|server_side_encryption|managed_disk_customer|key_vault|storage_encryption|crypto)_?(master)?_?(key|set|configuration)?(_id|_arn|_name|_uri|_key|_vault_key_id)?)$", "absent", "ref kms key|ref crypto key|data ref kms key|arn kms|unknown variable|ref key vault key|unknown"),
    choice("encryption-at-rest", r"(?:^|_)(sse_algorithm|encryption_(type|mode|option|algorithm)|server_side_encryption)$", "literal none|absent|false", "literal aws kms|literal kms|literal aes 256|literal sse kms"),
    choice("network-exposure", r"(?:^|_)(default_action|network_rules_default\w*|default_network_\w*action|unmatched_action)$", "literal allow", "literal deny"),
    choice("access-control", r"(^|_)(acl|access|visibility|predefined_acl|bucket_acl|container_access_type|access_policy|share_access)$", "literal public read|literal public read write|literal authenticated read|literal public|literal blob|literal container", "literal private|literal bucket owner full|literal log delivery write"),
    choice("access-control", r"(?:^|_)(member|members|principal|principals|identifiers|grantee|invoker|principal_arn|allowed_principals|read_principals)$", "wildcard|literal all users|literal all authenticated users", "text|ref iam role|arn iam|ref service account|unknown variable"),
    choice("access-control", r"(?:^|_)(actions?|verbs|permissions?|privileges|api_groups|allowed_operations)$", "wildcard|action s3 all|action iam all|literal all|action ec2 all|action kms all", "action s3 get|literal get|literal read|action sqs send|action kms decrypt|text"),
    choice("access-control", r"(?:^|_)(role|roles|role_definition_name|policy_arn|managed_policy_arns|cluster_role)$", "role owner|role contributor|role editor|role storage admin|arn iam wildcard", "role reader|role viewer|role storage object viewer|text|ref iam policy|unknown variable"),
    choice("network-exposure", r"(?:^|_)((allowed_|source_|remote_|trusted_|whitelist_|authorized_|ingress_|ipv4_|ipv6_|ip_|permitted_|public_access_)*(cidr|cidrs|cidr_blocks|cidr_block|ip_ranges?|ranges|addresses|address_prefix(es)?|networks|ip_rules|ip_whitelist|whitelist|allowlist|ip_list|ip_restrictions?|sources?|source_ip|ip_address|ips|start_ip_address|authorized_ip_ranges|access_cidrs|prefixes|ip_allow\w*|inbound_ip\w*|address))$", "cidr any|cidr any|wildcard|cidr public wide", "cidr private|cidr private|cidr public narrow|unknown variable|ref vpc"),
    choice("network-exposure", r"(?:^|_)(public_network_access(_type|_mode)?|network_access|public_access|network_access_type|app_network_access_type|network_mode|endpoint_type|connectivity_type|internet_gateway_mode|network_access_policy|ingress|ingress_settings|vpc_egress|visibility_type)$", "true|literal public|literal public internet only|literal allow all|literal external|literal internet|literal all|literal ingress traffic all", "false|literal private|literal vpc only|literal vpc|literal internal|literal private only|literal secured by perimeter|literal deny all|literal allow internal only"),
    choice("authentication", r"(?:^|_)((authorization|auth|authentication|authenticator)(_?(type|mode|scheme|method|strategy|kind))?|authorizer_type|api_auth\w*|client_authentication|http_tokens|access_method)$", "literal none|literal anonymous|false|literal password|literal optional|absent", "literal aws iam|literal iam|literal aad|literal oauth|literal required|literal cognito user pools|literal jwt|literal azure active directory|literal sso"),
    choice("logging-monitoring", r"(?:^|_)((log|logging|audit|flow|tracing|diagnostic|monitoring|access_log)_?(level|mode|type|types|service|config|configuration|destination\w*|bucket|settings?|group\w*|export\w*|categories|options)?|enabled_cloudwatch_logs_exports|enabled_log\w*|log_types|access_logs?_\w+|container_insights|tracing_config)$", "absent|literal none|false|empty|literal passthrough|false", "literal all|text|literal info|ref log group|true|ref s3 bucket|true|literal error"),
    choice("resilience", r"(?:^|_)((backup|snapshot|recovery|retention|retain|soft_delete|automatic_backup|snapshot_retention|log_retention|recovery_window)_?(window)?_?(retention)?_?(period|days|limit|count|in_days|in_hours|hours|policy)?)$", "number zero|absent|number zero|number one", "number week|number month|number quarter|number few", "number"),
    choice("secrets", r"(?:^|_)(password|passwd|secret|secret_key|auth_token|api_key|token|access_key|private_key|client_secret|connection_string|credentials?|passphrase|admin_password|master_password|secret_string|secret_value|password_text)$", "secret literal", "unknown variable|ref random password|data ref secret version|ref secret version|absent|ref key vault secret"),
    choice("supply-chain", r"(?:^|_)(image(_uri|_id|_name|_tag|_url|_reference)?|container_image|docker_image\w*|image_repository)$", "image latest|image untagged", "image digest|image version"),
    choice("supply-chain", r"(?:^|_)(image_tag_mutability|tag_mutability|mutability)$", "literal mutable|absent", "literal immutable"),
)

#: What goes out, or is only looked at: wide is normal there.
OUTWARD = re.compile(r"(^|_)(egress|destination|outbound|peer|nat|nexthop|filters?|probe_address|dns_servers?|name_servers?)(_|$)")

#: Blocks that are a defense by being there, and the category of the defense.
BLOCKS = (
    ("encryption-at-rest", re.compile(r"(server_side_encryption\w*|encrypt\w*|kms\w*|customer_managed_key|cmk\w*|database_encryption|disk_encryption\w*|at_rest_encryption\w*|encryption_(config\w*|spec|settings?|info))$")),
    ("logging-monitoring", re.compile(r"(\w*logs?|\w*logging\w*|log_(config\w*|settings?|publishing\w*|delivery\w*)|audit\w*|access_log\w*|monitoring\w*|tracing\w*|diagnostic\w*|threat_detection\w*|observability\w*)$")),
    ("authentication", re.compile(r"(auth(entication)?(_settings|_config\w*|_options|_methods)?\w*|authenticate\w*|active_directory\w*|oidc\w*|jwt\w*|identity_providers?|mfa\w*|authorizer\w*|client_certificate\w*|iap)$")),
    ("network-exposure", re.compile(r"(private_cluster\w*|vpc(_config\w*|_settings?|_options|_connector|_access)?|network_(rules?|acls?|policy|isolation|configuration|config)|master_authorized_networks\w*|private_(endpoint|link)\w*|ip_restriction\w*|firewall\w*|virtual_network\w*|vnet\w*|ip_rules?)$")),
    ("access-control", re.compile(r"(rbac\w*|workload_identity\w*|shielded_instance\w*|shielded\w*|security_context|pod_security\w*|iam_policy|public_access_block\w*|authorization\w*|identity)$")),
    ("resilience", re.compile(r"(backup\w*|versioning|lifecycle_rule|retention\w*|immutability\w*|point_in_time\w*|delete_retention\w*|maintenance_window|dead_letter_config|health_check\w*|restore_policy|replication\w*|soft_delete\w*|autoscaling)$")),
    ("encryption-in-transit", re.compile(r"(encryption_in_transit\w*|transit_encryption\w*|tls(_config\w*|_settings?|_certificate)?|ssl(_config\w*|_certificate\w*)?|https_config|certificate\w*|domain_endpoint_options|node_to_node_encryption)$")),
    ("supply-chain", re.compile(r"(image_scanning\w*|trust_policy|binary_authorization|scanning\w*|quarantine\w*|signature\w*|attestation\w*)$")),
)


@dataclass(frozen=True)
class Slot:
    """An attribute of a type that an operator works on."""

    path: str
    operator: Operator


def spelled(path: str) -> str:
    """A path as operators see it: words of the last two steps, `_` between."""
    steps = [re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", step).lower() for step in path.split(".")]
    return "_".join(re.sub(r"[^a-z0-9]+", "_", step) for step in steps[-2:])


def kind_of(declared: object) -> str:
    """`bool`, `number` or `string` of a schema's type; of collections, that of their elements."""
    text = json.dumps(declared)
    for kind in ("bool", "number", "string"):
        if kind in text:
            return kind
    return "other"


def slots(schemas: Path) -> dict[str, list[Slot]]:
    """Type to the attributes and blocks that an operator works on, two levels deep."""
    found: dict[str, list[Slot]] = {}
    for file in sorted(schemas.glob("*.jsonl.gz")):
        for line in gzip.open(file, "rt"):
            row = json.loads(line)
            if row["kind"] != "resource":
                continue
            here: list[Slot] = []
            collect(row.get("attributes", {}), row.get("blocks", {}), "", 0, here)
            if row["type"].startswith("kubernetes_"):
                name = re.sub(r"_v\d.*$", "", row["type"])[len("kubernetes_") :]
                row["type"] = "".join(word.capitalize() for word in name.split("_"))
                here = [Slot(camel(slot.path), slot.operator) for slot in here if not slot.path.startswith("metadata")]
            if here:
                found.setdefault(row["type"], here)
    return found


def collect(attributes: dict, blocks: dict, above: str, depth: int, found: list[Slot]) -> None:
    """Adds the slots of one block and of those in it."""
    for name, (flags, *declared) in attributes.items():
        if name in NEVER or "d" in flags or not ({"r", "o"} & set(flags)):
            continue
        kind = kind_of(declared[0] if declared else "string")
        seen = spelled(above + name)
        operator = next((it for it in OPERATORS if it.kind == kind and it.pattern.search(seen)), None)
        if operator and not OUTWARD.search(seen):
            found.append(Slot(above + name, operator))
    for name, block in blocks.items():
        if name in NEVER:
            continue
        category = next((category for category, pattern in BLOCKS if pattern.search(name)), None)
        if category:
            found.append(Slot(above + name, Operator(category, "block", re.compile(""), (ABSENT,), ("set",))))
        inner = block[-1] if isinstance(block, list) else block
        if depth < 2 and isinstance(inner, dict):
            collect(inner.get("attributes", {}), inner.get("blocks", {}), f"{above}{name}.", depth + 1, found)


def with_value(lines: Iterable[Line], path: str, value: str) -> tuple[Line, ...]:
    """The lines with `path` set to `value`, and nothing else about it; an absent block takes all below with it."""
    kept = [
        line
        for line in lines
        if not (line[0] == "own" and (line[1] == path or (value == ABSENT and line[1].startswith(path + "."))))
    ]
    parents = {path.rsplit(".", n)[0] for n in range(1, path.count(".") + 1)}
    kept = [line for line in kept if not (line[1] in parents and line[2] == ABSENT)]
    return canonical([*kept, ("own", path, value, 0)])


def block_lines(path: str, schema: dict[str, list[Slot]], type_name: str, rng: random.Random) -> list[Line]:
    """Something to stand in a block: one of its attributes in its safe state, or free text."""
    inner = [slot for slot in schema.get(type_name, []) if slot.path.startswith(path + ".") and slot.operator.kind != "block"]
    if inner:
        slot = rng.choice(inner)
        return [("own", slot.path, rng.choice([v for v in slot.operator.safe if v != ABSENT]), 0)]
    return [("own", f"{path}.{rng.choice(['bucket', 'name', 'arn', 'id', 'type'])}", "text", 0)]


HARMLESS = (
    ("own", "capacity", "number few"),
    ("own", "count", "number one"),
    ("own", "instance_type", "text"),
    ("own", "engine_version", "text"),
    ("own", "timeout", "number month"),
    ("own", "subnet_ids", "ref subnet"),
    ("own", "size", "number week"),
    ("own", "allow_overwrite", "true"),
    ("own", "priority", "number few"),
    ("own", "display_name", "unknown variable"),
    ("own", "memory", "number year"),
    ("own", "enabled", "true"),
    ("own", "comment_enabled", "false"),
    ("own", "wait_for_completion", "true"),
    ("own", "apply_immediately", "true"),
    ("own", "encryption_key_rotation_days", "number quarter"),
    ("own", "public_key", "text"),
    ("own", "log_group_class", "literal standard"),
    ("own", "network_interface_id", "ref network interface"),
    ("own", "policy_name", "text"),
    ("own", "secret_id", "ref secretsmanager secret"),
)


def decoys(lines: tuple[Line, ...], keep: str, rng: random.Random) -> tuple[Line, ...]:
    """Harmless edits: lines dropped and added that no operator works on."""
    kept = [
        line
        for line in lines
        if line[0] == "type" or line[1] == keep or line[1].startswith(keep + ".") or is_relevant(line) or rng.random() > 0.15
    ]
    added = [(*line, 0) for line in rng.sample(HARMLESS, rng.choice((0, 0, 1, 2)))]
    return canonical([*kept, *added])[:64]


def is_relevant(line: Line) -> bool:
    """Whether an operator would work on the line."""
    seen = spelled(line[1])
    return any(operator.pattern.search(seen) for operator in OPERATORS)


def is_weak_elsewhere(lines: Iterable[Line], category: str, but: str) -> bool:
    """Whether another line of the resource is weak in the same category."""
    for _, path, value, _ in lines:
        if path == but or value == ABSENT:
            continue
        seen = spelled(path)
        operator = next((it for it in OPERATORS if it.pattern.search(seen)), None)
        if operator and operator.category == category and value in operator.weak:
            return True
    return False


def inject(
    wild: list[Description], schemas: Path, n_pairs: int, seed: int, types: set[str] | None = None
) -> list[Unit]:
    """`n_pairs` pairs of units, spread evenly over operators, then types; only of `types` if given."""
    rng = random.Random(seed)
    table = slots(schemas)
    bases: dict[str, list[Description]] = defaultdict(list)
    for description in wild:
        if description.lines[0][2] != "data" and len(bases[description.type]) < 400:
            bases[description.type].append(description)
    by_operator: dict[tuple[str, str], dict[str, list[Slot]]] = defaultdict(lambda: defaultdict(list))
    for type_name, here in table.items():
        if types is not None and type_name not in types:
            continue
        for slot in here:
            key = (slot.operator.category, slot.operator.pattern.pattern or slot.operator.kind)
            by_operator[key][type_name].append(slot)
    operators = sorted(by_operator)
    units: list[Unit] = []
    attempts = 0
    while len(units) < 2 * n_pairs and attempts < 20 * n_pairs:
        attempts += 1
        of_type = by_operator[rng.choice(operators)]
        used = [name for name in of_type if bases.get(name)]
        type_name = rng.choice(used) if used and rng.random() < 0.6 else rng.choice(sorted(of_type))
        slot = rng.choice(of_type[type_name])
        if bases.get(type_name) and rng.random() < 0.5:
            base = rng.choice(bases[type_name]).lines
        else:
            base = made_up(type_name, table, slot, rng)
        category = slot.operator.category
        if is_weak_elsewhere(base, category, slot.path):
            continue
        pair = f"inject:{seed}:{len(units) // 2}"
        sides = []
        for label, values in ((1, slot.operator.weak), (0, slot.operator.safe)):
            value = rng.choice(values)
            if value == "set":
                lines = tuple(line for line in base if line[1] != slot.path)
                lines = canonical([*lines, *block_lines(slot.path, table, type_name, rng)])
            else:
                lines = with_value(base, slot.path, value)
            lines = decoys(lines, slot.path, rng)
            decisive = tuple(i for i, line in enumerate(lines) if line[1] == slot.path or line[1].startswith(slot.path + "."))
            if not decisive:
                break
            sides.append(
                Unit(
                    Description(type_name, lines),
                    category,
                    label,
                    "injected",
                    f"op:{slot.operator.pattern.pattern or slot.operator.kind}"[:40],
                    weight=0.7,
                    decisive=decisive,
                    pair=pair,
                )
            )
        if len(sides) == 2:
            units += sides
    return units


@cache
def absentees() -> dict[str, list[str]]:
    """Type to the paths of which the encoder tells that they are not set."""
    table = (Path(__file__).parents[2] / "model" / "attributes.txt").read_text()
    return {name: paths.split(" ") for name, paths in (line.split("\t") for line in table.splitlines())}


def made_up(type_name: str, table: dict[str, list[Slot]], slot: Slot, rng: random.Random) -> tuple[Line, ...]:
    """A bare resource: a few of its security attributes safe, the others absent as the encoder tells it."""
    kind = "object" if type_name[:1].isupper() else "resource"
    lines: list[Line] = [("type", type_name, kind, 0)]
    set_paths = {slot.path}
    bareness = rng.choice((0.0, 0.0, 0.1, 0.4))
    for other in table[type_name]:
        if other.path not in set_paths and other.operator.kind != "block" and "." not in other.path and rng.random() < bareness:
            set_paths.add(other.path)
            lines.append(("own", other.path, rng.choice(other.operator.safe), 0))
    offered = [path for path in absentees().get(type_name, []) if "." not in path and path not in set_paths]
    lines += [("own", path, ABSENT, 0) for path in offered[:16]]
    for extra in rng.sample(HARMLESS, rng.choice((1, 2, 4))):
        lines.append((*extra, 0))
    return canonical(lines)
