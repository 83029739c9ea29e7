use super::{ahead, behind};
use crate::facts::network::{Entry, Network, Step, Zone};
use crate::facts::{Evidence, Look, Seen};
use crate::graph::Graph;
use crate::value::{Path, Truth};

const FUNCTIONS: &[&str] = &["aws_lambda_function", "aws_lambda_alias"];

pub(super) fn collect(graph: &Graph, network: &mut Network) {
    for url in Look::all(graph, &["aws_lambda_function_url"]) {
        let kind = url.scalar("authorization_type");
        let guarded = kind.passes("AWS_IAM", |text| text != "NONE");
        enter(&url, "function with a public address", Truth::True, guarded, &kind, network);
        pass_all(&url, "function_name", FUNCTIONS, "calls the function", network);
    }
    for alias in Look::all(graph, &["aws_lambda_alias"]) {
        pass_all(&alias, "function_name", &["aws_lambda_function"], "stands for the function", network);
    }
    http(graph, network);
    rest(graph, network);
    for distribution in Look::all(graph, &["aws_cloudfront_distribution"]) {
        let signed = distribution.holds_some("default_cache_behavior.trusted_key_groups");
        let signed = signed.max(distribution.holds_some("default_cache_behavior.trusted_signers"));
        enter(&distribution, "CloudFront distribution", Truth::True, signed, &Seen::Absent, network);
        let origins = &[
            "aws_lb",
            "aws_alb",
            "aws_lambda_function_url",
            "aws_apigatewayv2_api",
            "aws_api_gateway_rest_api",
            "aws_s3_bucket",
            "aws_instance",
        ];
        pass_all(&distribution, "origin", origins, "fetches from the origin", network);
    }
}

fn enter(look: &Look<'_>, says: &str, truth: Truth, guarded: Truth, at: &Seen, network: &mut Network) {
    let shown = vec![Evidence::new(look.id, at.path(), says)];
    let (to, name) = (look.id.into(), says.into());
    network.enter(Entry { to, zone: Zone::Internet, truth, guarded, name, shown });
}

fn pass_all(from: &Look<'_>, via: &str, types: &[&str], says: &str, network: &mut Network) {
    for (path, to) in behind(from, via, types) {
        let shown = vec![Evidence::new(from.id, path, says)];
        let (from, to) = (from.id.into(), to.id.into());
        network.pass(Step { from, to, truth: Truth::True, guarded: Truth::False, shown });
    }
}

/// HTTP and WebSocket APIs: API, route, integration, function.
fn http(graph: &Graph, network: &mut Network) {
    for api in Look::all(graph, &["aws_apigatewayv2_api"]) {
        let disabled = api.scalar("disable_execute_api_endpoint");
        enter(&api, "public API", Truth::True, Truth::False, &disabled, network);
        pass_all(&api, "target", FUNCTIONS, "calls the function", network);
        for route in ahead(&api, "api_id", &["aws_apigatewayv2_route"]) {
            let kind = route.scalar("authorization_type");
            let keyed = route.is_on("api_key_required", false);
            let guarded = kind.passes("NONE", |text| text != "NONE").max(keyed);
            let says = if guarded == Truth::False {
                "a route that asks for no login"
            } else {
                "a route that asks for a login"
            };
            let shown = vec![Evidence::new(route.id, kind.path(), says)];
            let (from, to) = (api.id.into(), route.id.into());
            network.pass(Step { from, to, truth: Truth::True, guarded, shown });
            pass_all(&route, "target", &["aws_apigatewayv2_integration"], "passes on to the integration", network);
        }
    }
    for integration in Look::all(graph, &["aws_apigatewayv2_integration"]) {
        let targets = &["aws_lambda_function", "aws_lambda_alias", "aws_lb_listener", "aws_alb_listener"];
        pass_all(&integration, "integration_uri", targets, "calls it", network);
    }
}

/// REST APIs: API, method, integration, function. A method and an integration belong together
/// where they name the same resource and HTTP method.
fn rest(graph: &Graph, network: &mut Network) {
    for api in Look::all(graph, &["aws_api_gateway_rest_api"]) {
        let kinds = api.scalar("endpoint_configuration.types");
        let is_private = kinds.is_one_of(&["PRIVATE"]);
        enter(&api, "public API", !is_private, Truth::False, &kinds, network);
        let integrations = ahead(&api, "rest_api_id", &["aws_api_gateway_integration"]);
        for method in ahead(&api, "rest_api_id", &["aws_api_gateway_method"]) {
            let kind = method.scalar("authorization");
            let keyed = method.is_on("api_key_required", false);
            let guarded = kind.passes("NONE", |text| text != "NONE").max(keyed);
            let says = if guarded == Truth::False {
                "a method that asks for no login"
            } else {
                "a method that asks for a login"
            };
            let shown = vec![Evidence::new(method.id, kind.path(), says)];
            let (from, to) = (api.id.into(), method.id.into());
            network.pass(Step { from, to, truth: Truth::True, guarded, shown });
            for integration in integrations.iter().filter(|integration| belong_together(&method, integration)) {
                let shown = vec![Evidence::new(integration.id, Path::default().key("http_method"), "its integration")];
                let (from, to) = (method.id.into(), integration.id.into());
                network.pass(Step { from, to, truth: Truth::True, guarded: Truth::False, shown });
            }
        }
        for integration in integrations {
            pass_all(&integration, "uri", FUNCTIONS, "calls the function", network);
        }
    }
}

fn belong_together(method: &Look<'_>, integration: &Look<'_>) -> bool {
    const RESOURCES: &[&str] = &["aws_api_gateway_resource", "aws_api_gateway_rest_api", "aws_api_gateway_method"];
    let resources = |look: &Look<'_>| -> Vec<_> {
        behind(look, "resource_id", RESOURCES).into_iter().map(|(_, resource)| resource.id).collect()
    };
    let (ours, theirs) = (resources(method), resources(integration));
    let is_same_verb = method.scalar("http_method").text() == integration.scalar("http_method").text();
    ours == theirs && is_same_verb || theirs.contains(&method.id)
}
