use serde_json::Value;
use stanchion::report::Base;
use stanchion::report::sarif::write;

use super::rendered;
use super::sample::Sample;

fn sarif() -> String {
    let base = Base { cwd: "/repo/team".into(), root: "/repo".into() };
    rendered(&Sample::new(), |out, report| write(out, report, &base).unwrap())
}

#[test]
fn sarif_holds_everything() {
    insta::assert_snapshot!(sarif());
}

/// The constraints of the 2.1.0 standard on the properties that we write.
#[test]
fn sarif_keeps_the_standard() {
    let log: Value = serde_json::from_str(&sarif()).unwrap();
    assert_eq!(log["version"], "2.1.0");
    let run = &log["runs"][0];
    assert!(["utf16CodeUnits", "unicodeCodePoints"].contains(&run["columnKind"].as_str().unwrap()));
    let root = run["originalUriBaseIds"]["%SRCROOT%"]["uri"].as_str().unwrap();
    assert!(root.starts_with("file:///") && root.ends_with('/'), "{root}");
    let rules = run["tool"]["driver"]["rules"].as_array().unwrap();
    for rule in rules {
        assert!(rule["shortDescription"]["text"].is_string() && rule["help"]["text"].is_string());
        level(&rule["defaultConfiguration"]["level"]);
        let score: f64 = rule["properties"]["security-severity"].as_str().unwrap().parse().unwrap();
        assert!((0.0..=10.0).contains(&score));
        let precision = rule["properties"]["precision"].as_str().unwrap();
        assert!(["very-high", "high", "medium", "low"].contains(&precision));
    }
    let taxonomies = run["taxonomies"].as_array().unwrap();
    let component = |reference: &Value| {
        let component = &taxonomies[usize::try_from(reference["index"].as_u64().unwrap()).unwrap()];
        assert_eq!(component["name"], reference["name"]);
        component
    };
    let supported = run["tool"]["driver"]["supportedTaxonomies"].as_array().unwrap();
    assert_eq!(supported.iter().map(component).count(), taxonomies.len());
    let mut n_relationships = 0;
    for relationship in rules.iter().filter_map(|rule| rule["relationships"].as_array()).flatten() {
        let target = &relationship["target"];
        let taxa = component(&target["toolComponent"])["taxa"].as_array().unwrap();
        assert_eq!(taxa[usize::try_from(target["index"].as_u64().unwrap()).unwrap()]["id"], target["id"]);
        assert_eq!(relationship["kinds"][0], "relevant");
        n_relationships += 1;
    }
    assert_eq!(n_relationships, 4);
    for result in run["results"].as_array().unwrap() {
        let index = usize::try_from(result["ruleIndex"].as_u64().unwrap()).unwrap();
        assert_eq!(rules[index]["id"], result["ruleId"]);
        level(&result["level"]);
        assert!(!result["message"]["text"].as_str().unwrap().is_empty());
        let related = result["relatedLocations"].as_array().into_iter().flatten();
        result["locations"].as_array().unwrap().iter().chain(related).for_each(location);
        for flow in result["codeFlows"].as_array().into_iter().flatten() {
            let steps = flow["threadFlows"][0]["locations"].as_array().unwrap();
            assert!(steps.len() > 2);
            for step in steps {
                location(&step["location"]);
            }
        }
    }
    let invocation = &run["invocations"][0];
    assert_eq!(invocation["executionSuccessful"], true);
    for notification in invocation["toolExecutionNotifications"].as_array().unwrap() {
        level(&notification["level"]);
        location(&notification["locations"][0]);
    }
}

fn level(level: &Value) {
    assert!(["none", "note", "warning", "error"].contains(&level.as_str().unwrap()), "{level}");
}

fn location(location: &Value) {
    let physical = &location["physicalLocation"];
    let uri = physical["artifactLocation"]["uri"].as_str().unwrap();
    assert!(!uri.is_empty() && uri.is_ascii() && !uri.contains([' ', '\\']), "{uri}");
    let Some(region) = physical.get("region") else { return };
    let number = |name: &str| region[name].as_u64().unwrap();
    assert!(number("startLine") >= 1 && number("startColumn") >= 1);
    let (start, end) = ((number("startLine"), number("startColumn")), (number("endLine"), number("endColumn")));
    assert!(start <= end, "{region}");
}
