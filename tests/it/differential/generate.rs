#![allow(clippy::many_single_char_names, reason = "a grammar reads best when its terms are short")]

use std::fmt::Write as _;

/// A small generator of numbers that are the same on every machine.
struct Random {
    state: u64,
    /// Whether texts may be unknown until apply.
    is_later: bool,
}

impl Random {
    fn next(&mut self) -> u64 {
        self.state = self.state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        self.state >> 33
    }

    fn below(&mut self, n: u64) -> u64 {
        self.next() % n
    }

    fn of<'t>(&mut self, all: &[&'t str]) -> &'t str {
        all[usize::try_from(self.below(all.len() as u64)).unwrap()]
    }
}

const WORDS: &[&str] = &["alpha", "Beta", "gamma-1", "delta_2", "eps ilon", "ζeta", "", "0", "10.0.0.0", "true"];

/// A module whose outputs and resources are made of well-typed expressions.
pub(super) fn module(seed: u32) -> String {
    let state = u64::from(seed).wrapping_mul(0x9e37_79b9_7f4a_7c15) + 1;
    let mut random = Random { state, is_later: false };
    for _ in 0..4 {
        random.next();
    }
    let r = &mut random;
    let mut text = String::from(
        "resource \"terraform_data\" \"later\" {\n  input = \"x\"\n}\n\
         variable \"s\" {\n  type = string\n  default = \"Var\"\n}\n\
         variable \"o\" {\n  type = object({ a = string, b = optional(number, 3), c = optional(list(string), []) })\n  default = { a = 1 }\n}\n\
         variable \"l\" {\n  type = list(string)\n  default = [\"x\", \"y\", \"x\"]\n}\n",
    );
    let (words, entries) = (list(r, 2), map(r, 2));
    write!(text, "locals {{\n  words = {words}\n  entries = {entries}\n}}\n").unwrap();
    r.is_later = seed.is_multiple_of(4);
    for index in 0..3 {
        let (s, n, b, l, m) = (string(r, 3), number(r, 3), boolean(r, 3), list(r, 3), map(r, 3));
        write!(text, "output \"o{index}\" {{\n  value = {{ s = {s}, n = {n}, b = {b}, l = {l}, m = {m} }}\n}}\n")
            .unwrap();
    }
    r.is_later = false;
    let (each, count) = (list(r, 2), r.below(4));
    let (one, two) = (string(r, 2), list(r, 2));
    write!(
        text,
        "resource \"terraform_data\" \"each\" {{\n  for_each = toset({each})\n  input = [each.key, each.value, {one}]\n}}\n\
         resource \"terraform_data\" \"count\" {{\n  count = {count}\n  input = {{ i = count.index, l = {two} }}\n}}\n\
         output \"ids\" {{\n  value = [for one in terraform_data.count : one.input.i]\n}}\n\
         output \"keys\" {{\n  value = {{ for key, one in terraform_data.each : key => one.input[0] }}\n}}\n",
    )
    .unwrap();
    if r.below(3) == 0 {
        let (ports, name) = (r.below(4), string(r, 1));
        write!(
            text,
            "resource \"aws_security_group\" \"group\" {{\n  description = substr(md5({name}), 0, 8)\n  \
             dynamic \"ingress\" {{\n    for_each = range(80, {})\n    content {{\n      from_port = ingress.value\n      \
             to_port = ingress.value + ingress.key\n      protocol = \"tcp\"\n      cidr_blocks = [\"10.0.0.0/8\"]\n    }}\n  }}\n}}\n",
            80 + ports
        )
        .unwrap();
    }
    text
}

fn literal(r: &mut Random) -> String {
    format!("\"{}\"", r.of(WORDS))
}

fn string(r: &mut Random, depth: u32) -> String {
    if depth == 0 {
        return match r.below(6) {
            0 => "var.s".into(),
            1 => "var.o.a".into(),
            2 if r.is_later => "\"l-${terraform_data.later.id}\"".into(),
            2 => "terraform_data.later.input".into(),
            _ => literal(r),
        };
    }
    let d = depth - 1;
    match r.below(16) {
        0 => format!("upper({})", string(r, d)),
        1 => format!("join(\"{}\", {})", r.of(&["-", ", ", ""]), list(r, d)),
        2 => format!("format(\"%s/%v|%v\", {}, {}, {})", string(r, d), number(r, 0), boolean(r, d)),
        3 => format!("\"<${{{}}}-${{{}}}>\"", string(r, d), number(r, d)),
        4 => format!("({} ? {} : {})", boolean(r, d), string(r, d), string(r, d)),
        5 => format!("replace({}, \"a\", {})", string(r, d), literal(r)),
        6 => format!("jsonencode({})", if r.below(2) == 0 { map(r, d) } else { list(r, d) }),
        7 => format!("\"%{{ for x in {} ~}} ${{x}}, %{{ endfor }}\"", list(r, d)),
        8 => format!("sha256({})", string(r, d)),
        9 => format!("base64encode({})", string(r, d)),
        10 => format!("coalesce({}, \"none\")", string(r, d)),
        11 => format!("lookup({}, \"alpha\", {})", map(r, d), string(r, d)),
        12 => format!("try({}[7], {})", list(r, d), string(r, d)),
        13 => format!("trimspace(title({}))", string(r, d)),
        14 => format!("cidrsubnet(\"10.{}.0.0/16\", 8, {})", r.below(256), r.below(256)),
        _ => format!("\"${{{} == 1 ? \"one\" : \"many\"}}-${{terraform_data.later.input}}\"", number(r, d)),
    }
}

fn number(r: &mut Random, depth: u32) -> String {
    if depth == 0 {
        return match r.below(4) {
            0 => "var.o.b".into(),
            1 => format!("{}.5", r.below(100)),
            _ => r.below(1000).to_string(),
        };
    }
    let d = depth - 1;
    match r.below(9) {
        0 => format!("length({})", list(r, d)),
        1 => format!("({} + {})", number(r, d), number(r, d)),
        2 => format!("({} * -{})", number(r, d), number(r, 0)),
        3 => format!("max({}, {}, 1)", number(r, d), number(r, d)),
        4 => format!("floor({} / 7)", number(r, d)),
        5 => format!("length({})", string(r, d)),
        6 => format!("({} % 10)", number(r, d)),
        7 => format!("({} ? {} : {})", boolean(r, d), number(r, d), number(r, d)),
        _ => format!("sum(concat([1], [for x in {} : length(x)]))", list(r, d)),
    }
}

fn boolean(r: &mut Random, depth: u32) -> String {
    if depth == 0 {
        return r.of(&["true", "false", "var.o.b == 3"]).into();
    }
    let d = depth - 1;
    match r.below(8) {
        0 => format!("({} == {})", string(r, d), string(r, d)),
        1 => format!("({} < {})", number(r, d), number(r, d)),
        2 => format!(
            "!{}",
            boolean(r, 0).split(' ').next().map_or("true", |b| if b == "false" { "false" } else { "true" })
        ),
        3 => format!("contains({}, {})", list(r, d), string(r, d)),
        4 => format!("({} && {})", boolean(r, d), boolean(r, d)),
        5 => format!("can({}[0])", list(r, d)),
        6 => format!("alltrue([for x in {} : length(x) > 1])", list(r, d)),
        _ => format!("startswith({}, \"a\")", string(r, d)),
    }
}

fn list(r: &mut Random, depth: u32) -> String {
    if depth == 0 {
        return match r.below(4) {
            0 => "var.l".into(),
            1 => format!("tolist([{}])", literal(r)),
            2 => "split(\",\", \"p,q,,r\")".into(),
            _ => format!("[{}, {}]", literal(r), literal(r)),
        };
    }
    let d = depth - 1;
    match r.below(12) {
        0 => format!("concat({}, {})", list(r, d), list(r, d)),
        1 => format!("[for i, x in {} : \"${{i}}${{x}}\" if i != 1]", list(r, d)),
        2 => format!("keys({})", map(r, d)),
        3 => format!("values({})", map(r, d)),
        4 => format!("distinct({})", list(r, d)),
        5 => format!("sort({})", list(r, d)),
        6 => format!("reverse({})", list(r, d)),
        7 => format!("compact({})", list(r, d)),
        8 => format!("slice(concat({}, [\"1\", \"2\"]), 0, 2)", list(r, d)),
        9 => format!("tolist(setunion({}, {}))", list(r, d), list(r, d)),
        10 => format!("flatten([{}, [{}]])", list(r, d), list(r, d)),
        _ => format!("[{}, {}]", string(r, d), string(r, d)),
    }
}

fn map(r: &mut Random, depth: u32) -> String {
    if depth == 0 {
        return format!("{{ alpha = {}, \"k-2\" = {} }}", literal(r), literal(r));
    }
    let d = depth - 1;
    match r.below(5) {
        0 => format!("merge({}, {})", map(r, d), map(r, d)),
        1 => format!("{{ for i, x in {} : \"k${{i}}\" => upper(x) }}", list(r, d)),
        2 => format!("zipmap([\"a\", \"b\"], [{}, {}])", string(r, d), string(r, d)),
        3 => format!("tomap({{ x = {} }})", string(r, d)),
        _ => format!("{{ for k, v in {} : k => v if k != \"b\" }}", map(r, d)),
    }
}
