use super::group::{self, Ports};
use super::subnet::Subnets;
use super::{ahead, behind};
use crate::facts::{Evidence, Look};
use crate::graph::EdgeKind;
use crate::value::Truth;

/// The ports that a cluster hands out to Services of type `NodePort`.
const NODE_PORTS: (u16, u16) = (30_000, 32_767);

/// Whether nodes of the cluster that an object is applied to have public addresses and let the
/// internet in to a port, and what shows it. Only the code that makes the object's cluster can say
/// so: its provider is configured by a cluster, and node groups are in that.
pub(in crate::facts::network) fn open_to_internet(
    object: &Look<'_>,
    port: Option<u16>,
    subnets: &Subnets<'_>,
) -> Option<(Truth, Vec<Evidence>)> {
    let ports =
        port.map_or(Ports { first: NODE_PORTS.0, last: NODE_PORTS.1 }, |port| Ports { first: port, last: port });
    let groups = clusters(object).into_iter().flat_map(|cluster| {
        let groups = ahead(&cluster, "cluster_name", &["aws_eks_node_group"]);
        groups.into_iter().map(move |group| (cluster, group))
    });
    let ways = groups.filter_map(|(cluster, group)| {
        let (is_public, mut shown) = public_addresses(&group, subnets);
        let (is_let_in, rule) = let_in(&cluster, &group, ports);
        shown.extend(rule);
        let truth = is_public.min(is_let_in);
        (truth != Truth::False).then_some((truth, shown))
    });
    ways.max_by_key(|(truth, _)| *truth)
}

/// The clusters that the provider of a Kubernetes object of Terraform is configured with.
fn clusters<'g>(object: &Look<'g>) -> Vec<Look<'g>> {
    const CLUSTERS: &[&str] = &["aws_eks_cluster"];
    const READ: &[&str] = &["data.aws_eks_cluster", "data.aws_eks_cluster_auth"];
    let mut found: Vec<Look<'g>> = Vec::new();
    for (_, provider) in object.outgoing(&[EdgeKind::ConfiguredBy]) {
        found.extend(behind(&provider, "", CLUSTERS).into_iter().map(|(_, cluster)| cluster));
        for (_, read) in behind(&provider, "", READ) {
            found.extend(behind(&read, "name", CLUSTERS).into_iter().map(|(_, cluster)| cluster));
        }
    }
    found.sort_by_key(|cluster| cluster.id);
    found.dedup_by_key(|cluster| cluster.id);
    found
}

/// Whether the nodes of a group get public addresses that the internet is routed to.
fn public_addresses(group: &Look<'_>, subnets: &Subnets<'_>) -> (Truth, Vec<Evidence>) {
    let template = behind(group, "launch_template", &["aws_launch_template"]).into_iter().next();
    let asked = template.map(|(_, template)| template.scalar("network_interfaces.associate_public_ip_address"));
    let asked = asked.as_ref().map_or(Truth::False, |seen| seen.passes("false", |text| text == "true"));
    let each = behind(group, "subnet_ids", &["aws_subnet", "aws_default_subnet"]).into_iter().map(|(via, subnet)| {
        let default = subnet.is_a(&["aws_default_subnet"]);
        let gives = subnet.is_on("map_public_ip_on_launch", default).max(asked);
        let (routed, route) = subnets.is_public(&subnet);
        let mut shown = vec![Evidence::new(group.id, via, "the nodes have public addresses")];
        shown.extend(route);
        (gives.min(routed), shown)
    });
    each.max_by_key(|(truth, _)| *truth).unwrap_or((Truth::False, Vec::new()))
}

/// Whether the security groups of the nodes let the internet in to some ports: those of the launch
/// template, or else the one that the cluster is given by EKS.
fn let_in(cluster: &Look<'_>, group: &Look<'_>, ports: Ports) -> (Truth, Option<Evidence>) {
    const GROUPS: &[&str] = &["vpc_security_group_ids", "network_interfaces.security_groups"];
    let template = behind(group, "launch_template", &["aws_launch_template"]).into_iter().next();
    if let Some((_, template)) = template {
        if GROUPS.iter().any(|path| template.holds_some(path) != Truth::False) {
            return group::lets_world_in(&template, GROUPS, ports);
        }
    } else if group.holds_some("launch_template") != Truth::False {
        return (Truth::Unknown, None);
    }
    group::rules_let_world_in(&group::attached(cluster), ports)
}
