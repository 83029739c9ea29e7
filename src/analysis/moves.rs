use crate::source::SourceMap;
use crate::syntax::hcl::Block;
use crate::terraform::File;

/// Moves that are followed back.
const MAX_STAGES: usize = 8;

/// What `moved` blocks say: the address that a resource or module has, and the one it had. They are
/// relative to their module, and hold here in any.
#[derive(Debug, Default)]
pub(super) struct Moves(Vec<(String, String)>);

impl Moves {
    pub(super) fn of(files: &[File], sources: &SourceMap) -> Self {
        let address = |block: &Block, name: &str| {
            let attribute = block.body.attributes.iter().find(|attribute| attribute.name.name == name)?;
            let text: String = sources.text(attribute.value.span).split_whitespace().collect();
            let bare = text.strip_prefix('"').and_then(|text| text.strip_suffix('"')).unwrap_or(&text);
            (!bare.is_empty()).then(|| bare.to_owned())
        };
        let blocks = files.iter().flat_map(|file| &file.body.blocks).filter(|block| block.kind.name == "moved");
        Self(blocks.filter_map(|block| Some((address(block, "to")?, address(block, "from")?))).collect())
    }

    /// What a finding was about and said at each stage of its moves, the latest first.
    pub(super) fn stages(&self, address: &str, message: &str) -> Vec<(String, String)> {
        let mut stages = Vec::new();
        let mut now = (address.to_owned(), message.to_owned());
        while stages.len() < MAX_STAGES && !self.0.is_empty() {
            let before = (self.former(&now.0), self.former_message(&now.1));
            if before == now {
                break;
            }
            stages.push(before.clone());
            now = before;
        }
        stages
    }

    /// A message with the addresses between its backticks as they were.
    fn former_message(&self, message: &str) -> String {
        let parts = message.split('`').enumerate();
        let parts: Vec<String> =
            parts.map(|(n, part)| if n % 2 == 1 { self.former(part) } else { part.to_owned() }).collect();
        parts.join("`")
    }

    /// The address before its last move, or the same.
    fn former(&self, address: &str) -> String {
        for start in module_ends(address) {
            let (prefix, own) = address.split_at(start);
            for (to, from) in &self.0 {
                if let Some(rest) = own.strip_prefix(to.as_str())
                    && (rest.is_empty() || rest.starts_with(['.', '[']))
                {
                    return format!("{prefix}{from}{rest}");
                }
            }
        }
        address.to_owned()
    }
}

/// The address of the same resource without `count` where it has one, and else with it: Terraform
/// moves between the two by itself.
pub(super) fn recounted(address: &str) -> String {
    address.strip_suffix("[0]").map_or_else(|| format!("{address}[0]"), str::to_owned)
}

/// Where the address goes on in a module: at its start, and behind each `module.name["key"].`
fn module_ends(address: &str) -> Vec<usize> {
    let mut ends = vec![0];
    let mut at = 0;
    while let Some(rest) = address.get(at..).filter(|rest| rest.starts_with("module.")) {
        let (mut is_quoted, mut n_dots, mut end) = (false, 0, None);
        for (offset, c) in rest.char_indices() {
            match c {
                '"' => is_quoted = !is_quoted,
                '.' if !is_quoted => n_dots += 1,
                _ => {}
            }
            if n_dots == 2 {
                end = Some(at + offset + 1);
                break;
            }
        }
        let Some(end) = end else { break };
        ends.push(end);
        at = end;
    }
    ends
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_followed_back_in_any_module() {
        let moves = Moves(vec![
            ("aws_s3_bucket.c".into(), "aws_s3_bucket.b".into()),
            ("aws_s3_bucket.b".into(), "aws_s3_bucket.a".into()),
            ("module.new".into(), "module.old[\"x.y\"]".into()),
        ]);
        let stages = moves.stages("module.m[\"a.b\"].aws_s3_bucket.c[0]", "`aws_s3_bucket.c` and aws_s3_bucket.c");
        assert_eq!(stages[0].0, "module.m[\"a.b\"].aws_s3_bucket.b[0]");
        assert_eq!(
            stages[1],
            ("module.m[\"a.b\"].aws_s3_bucket.a[0]".into(), "`aws_s3_bucket.a` and aws_s3_bucket.c".into())
        );
        assert_eq!(stages.len(), 2);
        assert_eq!(moves.former("module.new.aws_vpc.v"), "module.old[\"x.y\"].aws_vpc.v");
        assert_eq!(moves.former("module.newer.aws_vpc.v"), "module.newer.aws_vpc.v");
        let round = Moves(vec![("a.b".into(), "a.c".into()), ("a.c".into(), "a.b".into())]);
        assert_eq!(round.stages("a.b", "").len(), MAX_STAGES, "a circle ends");
    }
}
