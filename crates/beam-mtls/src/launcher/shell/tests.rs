//! Scripts, and what is read from them.

use super::*;

/// Each command: `?` if it is not certain, its line, and its words, dynamic ones in angle brackets.
fn parsed(text: &str) -> Vec<String> {
    let script = parse(text).unwrap_or_else(|| panic!("{text} is not understood"));
    let shown = |statement: Statement| {
        let words = statement.words.iter().map(|word| match word.is_dynamic {
            true => format!("<{}>", word.text),
            false => word.text.clone(),
        });
        let mark = if statement.is_certain { "" } else { "?" };
        format!("{mark}{} {}", statement.line, words.collect::<Vec<_>>().join("|"))
    };
    script.statements.into_iter().map(shown).collect()
}

#[test]
fn words_are_split_as_a_shell_splits_them() {
    for (text, expected) in [
        ("a 'b c' \"d $e\" f\\ g \"\"", vec!["1 a|b c|<d $e>|f g|"]),
        ("a # b\nc#d \\\n e", vec!["1 a", "2 c#d|e"]),
        ("exec \"$@\"; exec ${1+\"$@\"}", vec!["1 exec|<$@>", "1 exec|<${1+\"$@\"}>"]),
        ("\"$(dirname \"$0\")/app\" `id -u`", vec!["1 <$(dirname \"$0\")/app>|<`id -u`>"]),
        ("a '$b' \\$c \"\\$d\" $'e\\'f' 5$", vec!["1 a|$b|$c|$d|e'f|5$"]),
        ("a \"${b:-it's}\" \"${c:-\"d\"}\" ${e:-'}'}", vec!["1 a|<${b:-it's}>|<${c:-\"d\"}>|<${e:-'}'}>"]),
        ("a >b 2>&1 &>c <d <<<e f", vec!["1 a|f"]),
        ("a <<X b\nit's $c\nX\nd <<-'Y'\n\t\"\n\tY\ne", vec!["1 a|b", "4 d", "7 e"]),
    ] {
        assert_eq!(parsed(text), expected, "{text}");
    }
}

#[test]
fn only_what_is_always_reached_is_certain() {
    for (text, expected) in [
        ("if a; then b; else\nc; fi\nd", vec!["?1 a", "?1 b", "?2 c", "3 d"]),
        ("case $1 in\na|b) c ;;\n\"$d\") e;; esac; f", vec!["?2 a", "?2 c", "?3 e", "3 f"]),
        ("for x in $y; do z; done >/dev/null; a", vec!["?1 z", "1 a"]),
        ("f() {\n a\n}\nfunction g { b; }\n{ c; }\n(d)\ne", vec!["?2 a", "?4 b", "5 c", "?6 d", "7 e"]),
        ("a && b || c\nd |\ne & f", vec!["1 a", "?1 b", "?1 c", "2 d", "?3 e", "3 f"]),
        ("a=(\"$@\" b); c", vec!["1 a=(\"$@\" b)", "1 c"]),
        ("[[ $a && ( $b < 1 ) ]] && c; (( $d > 1 )); e", vec!["1 [[|<$a>|<$b>|1|]]", "?1 c", "1 e"]),
    ] {
        assert_eq!(parsed(text), expected, "{text}");
    }
}

#[test]
fn functions_and_substitutions_are_noted() {
    let script = parse("f () { :; }; g() ( : ); function h { :; }\nA=$(b \"$c\")`d`").expect("understood");
    assert_eq!(script.functions, ["f", "g", "h"]);
    let last = script.statements.last().expect("a command");
    assert_eq!(last.words[0].substitutions, ["b \"$c\"", "d"]);
    assert_eq!(assignment(&last.words[0].text), Some(("A", "$(b \"$c\")`d`")));
    assert_eq!(assignment("--a=b"), None);
}

#[test]
fn what_is_left_open_is_not_understood() {
    for text in ["a 'b", "a \"b", "a $(b", "a ${b", "a `b"] {
        assert_eq!(parse(text), None, "{text}");
    }
}

proptest::proptest! {
    #[test]
    fn no_text_panics(text in "([a-z $\"'`(){}|&;<>\\\\\n#=!\\[\\]-]|if |fi|case |esac|<<E|\\$\\(){0,40}") {
        let _ = parse(&text);
    }
}
