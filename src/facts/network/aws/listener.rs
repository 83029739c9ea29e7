use super::subnet::Subnets;
use super::{ahead, behind, group};
use crate::facts::network::{Entry, Network, Step, Zone};
use crate::facts::{Evidence, Look};
use crate::graph::Graph;
use crate::query::Found;
use crate::value::{Path, Truth, Value};

const BALANCERS: &[&str] = &["aws_lb", "aws_alb"];
const GROUPS: &[&str] = &["aws_lb_target_group", "aws_alb_target_group"];

pub(super) fn collect(graph: &Graph, subnets: &Subnets<'_>, network: &mut Network) {
    for balancer in Look::all(graph, &["aws_lb", "aws_alb", "aws_elb"]) {
        enter(&balancer, subnets, network);
        for (via, instance) in behind(&balancer, "instances", &["aws_instance"]) {
            pass(&balancer, &instance, Truth::False, via, "passes on to the instance", network);
        }
    }
    for listener in Look::all(graph, &["aws_lb_listener", "aws_alb_listener"]) {
        for (via, balancer) in behind(&listener, "load_balancer_arn", BALANCERS) {
            let shown = vec![Evidence::new(listener.id, via, "listens")];
            let (from, to) = (balancer.id.into(), listener.id.into());
            network.pass(Step { from, to, truth: Truth::True, guarded: Truth::False, shown });
        }
        forward(&listener, "default_action", network);
    }
    for rule in Look::all(graph, &["aws_lb_listener_rule", "aws_alb_listener_rule"]) {
        for (via, listener) in behind(&rule, "listener_arn", &["aws_lb_listener", "aws_alb_listener"]) {
            let shown = vec![Evidence::new(rule.id, via, "takes some of the requests")];
            let (from, to) = (listener.id.into(), rule.id.into());
            network.pass(Step { from, to, truth: Truth::True, guarded: Truth::False, shown });
        }
        forward(&rule, "action", network);
    }
    targets(graph, network);
}

fn enter(balancer: &Look<'_>, subnets: &Subnets<'_>, network: &mut Network) {
    let internal = balancer.scalar("internal");
    let is_internal = internal.passes("false", |text| text == "true");
    let admitted = group::admitted(balancer, &["security_groups"]);
    let admitted = subnets.limit(balancer, &["subnets", "subnet_mapping.subnet_id"], admitted);
    let (zone, truth, says) = match is_internal {
        Truth::True => (Zone::Private, Truth::True, "internal load balancer"),
        Truth::Unknown => (Zone::Internet, Truth::Unknown, "load balancer"),
        Truth::False => (admitted.zone, admitted.truth, "internet-facing load balancer"),
    };
    let mut shown = vec![Evidence::new(balancer.id, internal.path(), says)];
    shown.extend(admitted.shown);
    let name = says.into();
    network.enter(Entry { to: balancer.id.into(), zone, truth, guarded: Truth::False, name, shown });
}

/// Actions in order; one that signs callers in guards all that follow.
fn forward(from: &Look<'_>, block: &str, network: &mut Network) {
    let actions = from.find(&format!("{block}.*"));
    let login = actions.iter().find_map(login);
    for (via, target) in behind(from, block, GROUPS) {
        let (guarded, at) = match &login {
            Some((truth, at)) => (*truth, Some(at.clone())),
            None => (Truth::False, None),
        };
        let mut shown: Vec<Evidence> =
            at.into_iter().map(|at| Evidence::new(from.id, at, "signs callers in")).collect();
        shown.push(Evidence::new(from.id, via, "forwards to the target group"));
        network.pass(Step { from: from.id.into(), to: target.id.into(), truth: Truth::True, guarded, shown });
    }
}

/// A sign-in, and whether it turns away who does not sign in.
fn login(action: &Found) -> Option<(Truth, Path)> {
    let kind = action.value.get("type").and_then(Value::as_str)?;
    let block = match kind {
        "authenticate-oidc" => "authenticate_oidc",
        "authenticate-cognito" => "authenticate_cognito",
        "jwt-validation" => return Some((Truth::True, action.path().key("type"))),
        _ => return None,
    };
    let settings = action.value.get(block).and_then(|value| value.as_list().and_then(<[Value]>::first));
    let lets_pass = settings.and_then(|settings| settings.get("on_unauthenticated_request")?.as_str()) == Some("allow");
    Some(((!lets_pass).into(), action.path().key("type")))
}

/// What is registered with target groups.
fn targets(graph: &Graph, network: &mut Network) {
    for target in Look::all(graph, GROUPS) {
        for attachment in
            ahead(&target, "target_group_arn", &["aws_lb_target_group_attachment", "aws_alb_target_group_attachment"])
        {
            for (via, to) in
                behind(&attachment, "target_id", &["aws_instance", "aws_lambda_function", "aws_lambda_alias"])
            {
                let shown = vec![Evidence::new(attachment.id, via, "is registered with the target group")];
                let from = target.id.into();
                network.pass(Step { from, to: to.id.into(), truth: Truth::True, guarded: Truth::False, shown });
            }
        }
        let registered: &[(&str, &str)] =
            &[("load_balancer", "aws_ecs_service"), ("target_group_arns", "aws_autoscaling_group")];
        for (via, kind) in registered {
            for to in ahead(&target, via, &[kind]) {
                let says = "is registered with the target group";
                pass_from(&target, &to, Path::default().key(*via), says, network);
            }
        }
        for attachment in ahead(&target, "lb_target_group_arn", &["aws_autoscaling_attachment"]) {
            for (via, to) in behind(&attachment, "autoscaling_group_name", &["aws_autoscaling_group"]) {
                let shown = vec![Evidence::new(attachment.id, via, "is registered with the target group")];
                let from = target.id.into();
                network.pass(Step { from, to: to.id.into(), truth: Truth::True, guarded: Truth::False, shown });
            }
        }
    }
}

fn pass(from: &Look<'_>, to: &Look<'_>, guarded: Truth, via: Path, says: &str, network: &mut Network) {
    let shown = vec![Evidence::new(from.id, via, says)];
    network.pass(Step { from: from.id.into(), to: to.id.into(), truth: Truth::True, guarded, shown });
}

fn pass_from(from: &Look<'_>, to: &Look<'_>, at: Path, says: &str, network: &mut Network) {
    let shown = vec![Evidence::new(to.id, at, says)];
    network.pass(Step { from: from.id.into(), to: to.id.into(), truth: Truth::True, guarded: Truth::False, shown });
}
