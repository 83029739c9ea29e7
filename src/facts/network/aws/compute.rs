use super::group::Admitted;
use super::subnet::Subnets;
use super::{ahead, behind, group};
use crate::facts::network::{Entry, Network, Node, Step, Zone};
use crate::facts::{Evidence, Look};
use crate::graph::Graph;
use crate::query::scalar_text;
use crate::value::{Path, Truth};

pub(super) fn collect(graph: &Graph, subnets: &Subnets<'_>, network: &mut Network) {
    for instance in Look::all(graph, &["aws_instance", "aws_spot_instance_request"]) {
        let (public, at) = public_address(&instance);
        let admitted = group::admitted(&instance, &["vpc_security_group_ids", "security_groups"]);
        let admitted = subnets.limit(&instance, &["subnet_id"], admitted);
        enter(&instance, (public, at), "instance with a public address", admitted, network);
    }
    for service in Look::all(graph, &["aws_ecs_service"]) {
        let seen = service.scalar("network_configuration.assign_public_ip");
        let public = seen.passes("false", |text| text == "true");
        let admitted = group::admitted(&service, &["network_configuration.security_groups"]);
        let admitted = subnets.limit(&service, &["network_configuration.subnets"], admitted);
        enter(&service, (public, seen.path()), "task with a public address", admitted, network);
        for (via, task) in behind(&service, "task_definition", &["aws_ecs_task_definition"]) {
            for port in balanced_ports(&service) {
                let shown = vec![Evidence::new(service.id, via.clone(), "runs the task")];
                let (from, to) = (service.id.into(), Node { resource: task.id, port });
                network.pass(Step { from, to, truth: Truth::True, guarded: Truth::False, shown });
            }
        }
    }
    for group in Look::all(graph, &["aws_autoscaling_group"]) {
        for (via, template) in behind(&group, "launch_template", &["aws_launch_template"]) {
            let shown = vec![Evidence::new(group.id, via, "starts instances from the template")];
            let from = group.id.into();
            network.pass(Step { from, to: template.id.into(), truth: Truth::True, guarded: Truth::False, shown });
        }
    }
    for (kind, groups) in [
        ("aws_db_instance", "vpc_security_group_ids"),
        ("aws_rds_cluster_instance", "vpc_security_group_ids"),
        ("aws_redshift_cluster", "vpc_security_group_ids"),
    ] {
        for store in Look::all(graph, &[kind]) {
            let seen = store.scalar("publicly_accessible");
            let public = seen.passes("false", |text| text == "true");
            enter_behind_login(&store, public, seen.path(), groups, network);
        }
    }
    for service in Look::all(graph, &["aws_apprunner_service"]) {
        let seen = service.scalar("network_configuration.ingress_configuration.is_publicly_accessible");
        let truth = seen.passes("true", |text| text == "true");
        let shown = vec![Evidence::new(service.id, seen.path(), "service with a public address")];
        let (to, name) = (service.id.into(), "service with a public address".into());
        network.enter(Entry { to, zone: Zone::Internet, truth, guarded: Truth::False, name, shown });
    }
}

/// The ports to which balancers pass traffic; any where one is not known or there is no balancer.
fn balanced_ports(service: &Look<'_>) -> Vec<Option<u16>> {
    let ports = service.find("load_balancer.*.container_port").into_iter();
    let mut ports: Vec<Option<u16>> = ports.map(|found| scalar_text(&found.value)?.parse().ok()).collect();
    ports.sort_unstable();
    ports.dedup();
    if ports.is_empty() || ports.contains(&None) { vec![None] } else { ports }
}

/// Whether an instance gets a public address: it asks for one, an elastic address is given to it,
/// or its subnet gives one to everything.
fn public_address(instance: &Look<'_>) -> (Truth, Path) {
    let own = instance.scalar("associate_public_ip_address");
    match own.text() {
        Some("true") => return (Truth::True, own.path()),
        Some("false") => {}
        _ => {
            for (via, subnet) in behind(instance, "subnet_id", &["aws_subnet", "aws_default_subnet"]) {
                let default = subnet.is_a(&["aws_default_subnet"]);
                let gives = subnet.is_on("map_public_ip_on_launch", default);
                if gives != Truth::False {
                    return (gives, via);
                }
            }
        }
    }
    let addresses = ahead(instance, "instance", &["aws_eip", "aws_eip_association"]);
    let truth = if addresses.is_empty() { own.passes("false", |text| text == "true") } else { Truth::True };
    (truth, own.path())
}

fn enter(look: &Look<'_>, (public, at): (Truth, Path), says: &str, admitted: Admitted, network: &mut Network) {
    let mut shown = vec![Evidence::new(look.id, at, says)];
    shown.extend(admitted.shown);
    let truth = public.min(admitted.truth);
    let name = says.into();
    network.enter(Entry { to: look.id.into(), zone: admitted.zone, truth, guarded: Truth::False, name, shown });
}

/// A database asks for a password.
fn enter_behind_login(look: &Look<'_>, public: Truth, at: Path, groups: &str, network: &mut Network) {
    if public == Truth::False {
        return;
    }
    let admitted = group::admitted(look, &[groups]);
    let mut shown = vec![Evidence::new(look.id, at, "has a public address")];
    shown.extend(admitted.shown);
    let truth = public.min(admitted.truth);
    let name = "database with a public address".into();
    network.enter(Entry { to: look.id.into(), zone: admitted.zone, truth, guarded: Truth::True, name, shown });
}
