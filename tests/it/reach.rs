//! From how far away a resource is reached, provider by provider: each case changes one thing.

use stanchion::facts::Zone;

use crate::products::outcome;

/// The zone from which `address` is reached for certain.
fn zone(text: &str, address: &str) -> Option<Zone> {
    zone_in("main.tf", text, address)
}

fn zone_in(file: &str, text: &str, address: &str) -> Option<Zone> {
    let outcome = outcome(&[(file, text)]);
    assert_eq!(outcome.assessment.problems, [], "{text}");
    let id = outcome.graph.find(outcome.graph.resources()[0].scope, address);
    outcome.facts.zone(id.unwrap())
}

/// An instance with a public address in a subnet of a network with an internet gateway, and the
/// rest of the network.
fn instance(rest: &str) -> Option<Zone> {
    let text = format!(
        r#"
variable "unknown" {{}}
resource "aws_vpc" "main" {{}}
resource "aws_internet_gateway" "main" {{ vpc_id = aws_vpc.main.id }}
resource "aws_subnet" "main" {{ vpc_id = aws_vpc.main.id }}
resource "aws_instance" "main" {{
  subnet_id                   = aws_subnet.main.id
  associate_public_ip_address = true
}}
{rest}"#
    );
    zone(&text, "aws_instance.main")
}

const OUT: &str = r#"
resource "aws_route_table" "out" {
  vpc_id = aws_vpc.main.id
  route {
    cidr_block = "0.0.0.0/0"
    gateway_id = aws_internet_gateway.main.id
  }
}
"#;
const JOINED: &str = r#"
resource "aws_route_table_association" "main" {
  subnet_id      = aws_subnet.main.id
  route_table_id = aws_route_table.out.id
}
"#;

#[test]
fn a_subnet_is_public_by_its_route_table() {
    let main = r#"
resource "aws_main_route_table_association" "main" {
  vpc_id         = aws_vpc.main.id
  route_table_id = aws_route_table.out.id
}
"#;
    let default = r#"
resource "aws_default_route_table" "main" {
  default_route_table_id = aws_vpc.main.default_route_table_id
  route {
    cidr_block = "0.0.0.0/0"
    gateway_id = aws_internet_gateway.main.id
  }
}
"#;
    let route = r#"
resource "aws_route" "out" {
  route_table_id         = aws_vpc.main.main_route_table_id
  destination_cidr_block = "0.0.0.0/0"
  gateway_id             = aws_internet_gateway.main.id
}
"#;
    let elsewhere = JOINED.replace("aws_route_table.out.id", "\"rtb-1\"");
    let of_unknown = JOINED.replace("aws_subnet.main.id", "var.unknown");
    let by_nat = OUT.replace("gateway_id = aws_internet_gateway.main.id", "nat_gateway_id = \"nat-1\"");
    let narrow = OUT.replace("0.0.0.0/0", "10.0.0.0/8");
    let unknown = OUT.replace("aws_internet_gateway.main.id", "var.unknown");
    for (rest, expected) in [
        (OUT.to_owned() + JOINED, Some(Zone::Internet)),
        (OUT.to_owned() + main, Some(Zone::Internet)),
        (default.to_owned(), Some(Zone::Internet)),
        (route.to_owned(), Some(Zone::Internet)),
        (OUT.to_owned(), Some(Zone::Private)),
        (by_nat + JOINED, Some(Zone::Private)),
        (narrow + JOINED, Some(Zone::Private)),
        (unknown + JOINED, None),
        (elsewhere, None),
        (OUT.to_owned() + &of_unknown, None),
        (String::new(), None),
    ] {
        assert_eq!(instance(&rest), expected, "{rest}");
    }
}

#[test]
fn a_network_acl_counts_in_the_order_of_its_numbers_and_both_ways() {
    let rule = |direction: &str, number: &str, action: &str, range: &str| {
        format!(
            "  {direction} {{\n    rule_no = {number}\n    action = {action}\n    protocol = \"-1\"\n    \
             cidr_block = \"{range}\"\n    from_port = 0\n    to_port = 0\n  }}\n"
        )
    };
    let acl = |rules: &[String]| {
        format!("resource \"aws_network_acl\" \"main\" {{\n  subnet_ids = [aws_subnet.main.id]\n{}}}\n", rules.concat())
    };
    let out = rule("egress", "1", "\"allow\"", "0.0.0.0/0");
    let allow = |number: &str, range: &str| rule("ingress", number, "\"allow\"", range);
    let deny = |number: &str, range: &str| rule("ingress", number, "\"deny\"", range);
    for (rules, expected) in [
        (vec![allow("1", "0.0.0.0/0"), deny("2", "0.0.0.0/0"), out.clone()], Some(Zone::Internet)),
        (vec![deny("1", "10.0.0.0/8"), allow("2", "0.0.0.0/0"), out.clone()], Some(Zone::Internet)),
        (vec![allow("1", "10.0.0.0/8"), out.clone()], Some(Zone::Private)),
        (vec![deny("1", "0.0.0.0/0"), allow("2", "0.0.0.0/0"), out.clone()], None),
        (vec![rule("ingress", "1", "var.unknown", "0.0.0.0/0"), allow("2", "0.0.0.0/0"), out.clone()], None),
        (vec![deny("var.unknown", "0.0.0.0/0"), allow("2", "0.0.0.0/0"), out.clone()], None),
        (vec![allow("1", "0.0.0.0/0")], None),
        (vec![], None),
    ] {
        let rest = format!("{OUT}{JOINED}{}", acl(&rules));
        assert_eq!(instance(&rest), expected, "{rest}");
    }
}

/// A machine with a public address, and the rules of the groups of its interface and subnet.
fn machine(of_interface: &str, of_subnet: Option<&str>) -> Option<Zone> {
    let group =
        |name: &str, rules: &str| format!("resource \"azurerm_network_security_group\" \"{name}\" {{\n{rules}}}\n");
    let subnet = of_subnet.map_or_else(String::new, |rules| {
        group("subnet", rules)
            + r#"
resource "azurerm_subnet_network_security_group_association" "main" {
  subnet_id                 = azurerm_subnet.main.id
  network_security_group_id = azurerm_network_security_group.subnet.id
}
"#
    });
    let text = r#"
variable "unknown" {}
resource "azurerm_subnet" "main" {}
resource "azurerm_network_interface" "main" {
  ip_configuration {
    subnet_id            = azurerm_subnet.main.id
    public_ip_address_id = "/subscriptions/0/ip"
  }
}
resource "azurerm_network_interface_security_group_association" "main" {
  network_interface_id      = azurerm_network_interface.main.id
  network_security_group_id = azurerm_network_security_group.interface.id
}
resource "azurerm_linux_virtual_machine" "main" {
  network_interface_ids = [azurerm_network_interface.main.id]
}
"#;
    zone(&(text.to_owned() + &group("interface", of_interface) + &subnet), "azurerm_linux_virtual_machine.main")
}

#[test]
fn azure_security_groups_count_by_priority_and_together() {
    let rule = |priority: u32, access: &str, source: &str| {
        format!(
            "  security_rule {{\n    priority = {priority}\n    direction = \"Inbound\"\n    access = \"{access}\"\n    \
             protocol = \"*\"\n    destination_port_range = \"*\"\n    {source}\n  }}\n"
        )
    };
    let from = |range: &str| format!("source_address_prefix = \"{range}\"");
    let world = rule(200, "Allow", &from("*"));
    let halves = rule(200, "Allow", "source_address_prefixes = [\"0.0.0.0/1\", \"128.0.0.0/1\"]");
    let inside = rule(200, "Allow", &from("10.0.0.0/8"));
    let unknown = rule(200, "Allow", "source_address_prefix = var.unknown");
    let closed = rule(100, "Deny", &from("*"));
    for (interface, subnet, expected) in [
        (world.clone(), None, Some(Zone::Internet)),
        (halves, None, Some(Zone::Internet)),
        (rule(200, "Allow", &from("0.0.0.0/1")), None, Some(Zone::Internet)),
        (inside.clone(), None, Some(Zone::Private)),
        (unknown, None, None),
        (closed + &world, None, None),
        (world.clone(), Some(world.clone()), Some(Zone::Internet)),
        (world.clone(), Some(inside), Some(Zone::Private)),
        (world, Some(String::new()), None),
    ] {
        assert_eq!(machine(&interface, subnet.as_deref()), expected, "{interface} {subnet:?}");
    }
}

#[test]
fn api_management_passes_on_what_its_policies_leave() {
    let text = |api: &str, policy: &str| {
        format!(
            r#"
resource "azurerm_api_management" "main" {{ name = "apis" }}
resource "azurerm_container_group" "main" {{ ip_address_type = "Private" }}
resource "azurerm_api_management_api" "main" {{
  api_management_name = azurerm_api_management.main.name
  service_url         = "http://${{azurerm_container_group.main.ip_address}}:8000"
  {api}
}}
{policy}"#
        )
    };
    let moved = r#"
resource "azurerm_api_management_api_policy" "main" {
  api_name    = azurerm_api_management_api.main.name
  xml_content = "<policies><inbound><set-backend-service base-url=\"https://example.com\" /></inbound></policies>"
}
"#;
    let at = "azurerm_container_group.main";
    assert_eq!(zone(&text("subscription_required = false", ""), at), Some(Zone::Internet));
    assert_eq!(zone(&text("", ""), at), Some(Zone::Internet));
    assert_eq!(zone(&text("", moved), at), None);
}

#[test]
fn a_container_app_is_as_open_as_its_environment() {
    let text = |inside: &str| {
        format!(
            r#"
variable "unknown" {{}}
resource "azurerm_container_app_environment" "main" {{ internal_load_balancer_enabled = {inside} }}
resource "azurerm_container_app" "main" {{
  container_app_environment_id = azurerm_container_app_environment.main.id
  ingress {{
    external_enabled = true
    target_port      = 80
  }}
}}"#
        )
    };
    for (inside, expected) in [("false", Some(Zone::Internet)), ("true", Some(Zone::Private)), ("var.unknown", None)] {
        assert_eq!(zone(&text(inside), "azurerm_container_app.main"), expected, "{inside}");
    }
}

#[test]
fn a_model_in_a_mesh_has_no_host_of_its_own() {
    for (mode, expected) in [("Serverless", Some(Zone::Private)), ("ModelMesh", None)] {
        let text = format!(
            r"
apiVersion: serving.kserve.io/v1beta1
kind: InferenceService
metadata:
  name: digits
  namespace: models
  annotations:
    serving.kserve.io/deploymentMode: {mode}
spec:
  predictor:
    model:
      modelFormat:
        name: sklearn
"
        );
        assert_eq!(zone_in("app.yaml", &text, "InferenceService/models/digits"), expected, "{mode}");
    }
}
