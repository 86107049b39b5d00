//! Which modules a JS file loads: `import`, `export … from`, `import()` and `new URL(…, import.meta.url)`.
//!
//! Comments do not count (types may be named across layers in JSDoc; they load nothing), nor does the
//! text inside strings, templates and regular expressions.

/// One module that a file names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Import {
    pub line: usize,
    pub specifier: String,
}

/// A token, as coarse as imports need: words, string contents, single signs.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Token {
    Word(String),
    Text(String),
    Sign(char),
}

/// Reads the imports of a JS module.
pub fn imports(source: &str) -> Vec<Import> {
    let tokens = Scanner::new(source).tokens();
    let mut found = Vec::new();
    for (at, (line, token)) in tokens.iter().enumerate() {
        let Token::Text(specifier) = token else {
            continue;
        };
        let before = |back: usize| at.checked_sub(back).map(|at| &tokens[at].1);
        let word = |back: usize, text: &str| matches!(before(back), Some(Token::Word(w)) if w == text);
        let sign = |back: usize, text: char| matches!(before(back), Some(Token::Sign(s)) if *s == text);
        let called = sign(1, '(');
        let loads = word(1, "import")
            || (word(1, "from") && after_import_or_export(&tokens[..at]))
            || (called && word(2, "import"))
            || (called && word(2, "URL") && word(3, "new"));
        if loads {
            found.push(Import { line: *line, specifier: specifier.clone() });
        }
    }
    found
}

/// Whether a `from` at the end of these tokens ends an import's or export's list of names: nothing but
/// names, commas, braces and stars stands between.
fn after_import_or_export(tokens: &[(usize, Token)]) -> bool {
    tokens
        .iter()
        .rev()
        .map(|(_, token)| token)
        .take_while(|token| match token {
            Token::Word(_) | Token::Text(_) => true,
            Token::Sign(sign) => "{},*".contains(*sign),
        })
        .any(|token| matches!(token, Token::Word(word) if word == "import" || word == "export"))
}

struct Scanner<'a> {
    rest: std::iter::Peekable<std::str::Chars<'a>>,
    line: usize,
    tokens: Vec<(usize, Token)>,
}

impl<'a> Scanner<'a> {
    fn new(source: &'a str) -> Self {
        Self { rest: source.chars().peekable(), line: 1, tokens: Vec::new() }
    }

    fn next(&mut self) -> Option<char> {
        let next = self.rest.next()?;
        self.line += usize::from(next == '\n');
        Some(next)
    }

    fn tokens(mut self) -> Vec<(usize, Token)> {
        self.code(0);
        self.tokens
    }

    /// Scans code; at `depth` > 0, only to the `}` that closes a template's `${`.
    fn code(&mut self, depth: usize) {
        let mut braces = 0_usize;
        while let Some(character) = self.next() {
            match character {
                '\'' | '"' => self.string(character),
                '`' => self.template(depth),
                '/' if self.rest.peek() == Some(&'/') => while self.next().is_some_and(|next| next != '\n') {},
                '/' if self.rest.peek() == Some(&'*') => self.block_comment(),
                '/' if self.regex_may_start() => self.regex(),
                '{' => {
                    braces += 1;
                    self.push(Token::Sign('{'));
                }
                '}' if depth > 0 && braces == 0 => return,
                '}' => {
                    braces = braces.saturating_sub(1);
                    self.push(Token::Sign('}'));
                }
                _ if is_word(character) => self.word(character),
                _ if character.is_whitespace() => {}
                _ => self.push(Token::Sign(character)),
            }
        }
    }

    fn push(&mut self, token: Token) {
        self.tokens.push((self.line, token));
    }

    fn word(&mut self, first: char) {
        let mut word = String::from(first);
        while let Some(next) = self.rest.next_if(|next| is_word(*next)) {
            word.push(next);
        }
        self.push(Token::Word(word));
    }

    fn string(&mut self, quote: char) {
        let mut text = String::new();
        while let Some(next) = self.next() {
            match next {
                '\\' => drop(self.next()),
                '\n' => break,
                _ if next == quote => break,
                _ => text.push(next),
            }
        }
        self.push(Token::Text(text));
    }

    /// A template is a text only when it has no `${}` in it; what is inside one is code.
    fn template(&mut self, depth: usize) {
        let mut text = String::new();
        let mut plain = true;
        while let Some(next) = self.next() {
            match next {
                '\\' => drop(self.next()),
                '`' => break,
                '$' if self.rest.next_if_eq(&'{').is_some() => {
                    plain = false;
                    self.code(depth + 1);
                }
                _ => text.push(next),
            }
        }
        self.push(if plain { Token::Text(text) } else { Token::Sign('`') });
    }

    fn block_comment(&mut self) {
        self.next();
        while let Some(next) = self.next() {
            if next == '*' && self.rest.next_if_eq(&'/').is_some() {
                break;
            }
        }
    }

    /// After a value a slash divides; elsewhere it opens a regular expression.
    fn regex_may_start(&self) -> bool {
        match self.tokens.last() {
            None => true,
            Some((_, Token::Word(word))) => {
                matches!(word.as_str(), "return" | "typeof" | "case" | "in" | "of")
            }
            Some((_, Token::Text(_))) => false,
            Some((_, Token::Sign(sign))) => !")]}`".contains(*sign),
        }
    }

    fn regex(&mut self) {
        let mut class = false;
        while let Some(next) = self.next() {
            match next {
                '\\' => drop(self.next()),
                '[' => class = true,
                ']' => class = false,
                '/' if !class => break,
                '\n' => break,
                _ => {}
            }
        }
        self.push(Token::Sign('`'));
    }
}

fn is_word(character: char) -> bool {
    character.is_alphanumeric() || character == '_' || character == '$' || character == '#'
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(source: &str) -> Vec<String> {
        imports(source).into_iter().map(|import| import.specifier).collect()
    }

    #[test]
    fn every_form_of_import_is_seen() {
        let source = r#"
            import './a.css';
            import b from "./b.js";
            import { c, d as e } from './c.js';
            import * as f from './f.js'; import g, { h } from './g.js';
            import data from './data.json' with { type: 'json' };
            export { i } from './i.js';
            export * from './j.js';
            const k = await import('./k.js');
            new Worker(new URL('./l.js', import.meta.url), { type: 'module' });
            const m = `${await import(`./m.js`)}`;
        "#;
        let expected = [
            "./a.css",
            "./b.js",
            "./c.js",
            "./f.js",
            "./g.js",
            "./data.json",
            "./i.js",
            "./j.js",
            "./k.js",
            "./l.js",
            "./m.js",
        ];
        assert_eq!(found(source), expected);
    }

    #[test]
    fn an_import_over_several_lines_is_told_with_its_line() {
        let expected = Import { line: 4, specifier: "./a.js".into() };
        assert_eq!(imports("\nimport {\n  a,\n} from './a.js';"), [expected]);
    }

    #[test]
    fn comments_strings_templates_and_regular_expressions_are_no_imports() {
        let source = r#"
            // import a from './a.js';
            /* import b from './b.js';
             * @typedef {import('./c.js').C} C */
            const d = "import e from './e.js'";
            const f = `import g from './g.js'`;
            const quote = /['"`]/; const half = x / 2; const other = y / 3;
            Array.from('abc'); const from = 'here'; message(from, 'there');
            export const text = 'export'; const made = list.from('./x.js');
        "#;
        assert_eq!(found(source), [""; 0]);
    }

    #[test]
    fn an_import_after_a_regular_expression_with_a_quote_is_still_seen() {
        assert_eq!(found("const a = s.replace(/'/g, '');\nimport('./b.js');"), ["./b.js"]);
    }
}
