//! Arguments of `kubectl`.

/// The parsed arguments.
#[derive(Clone, Debug, Default)]
pub(super) struct Arguments<'w> {
    /// Words that are not flags.
    pub operands: Vec<&'w str>,
    /// `-f`
    pub files: Vec<&'w str>,
    /// `-n`
    pub namespace: Option<&'w str>,
    /// `-o`
    pub form: &'w str,
    /// `-l`
    pub selector: Option<&'w str>,
    /// `-c`
    pub container: Option<&'w str>,
    /// Flags with values that some verbs read, by their long names.
    pub values: Vec<(&'static str, &'w str)>,
    /// Flags without values, by their long names.
    pub flags: Vec<&'static str>,
    /// The words after `--`.
    pub command: &'w [String],
    /// The namespace without `-n`.
    pub usual: String,
}

/// Flags with values: the long name and the letter; a space means no letter.
const VALUED: &[(&str, char)] = &[
    ("as", ' '),
    ("cascade", ' '),
    ("cluster", ' '),
    ("clusterrole", ' '),
    ("container", 'c'),
    ("context", ' '),
    ("dry-run", ' '),
    ("env", ' '),
    ("field-manager", ' '),
    ("field-selector", ' '),
    ("filename", 'f'),
    ("for", ' '),
    ("from-file", ' '),
    ("from-literal", ' '),
    ("grace-period", ' '),
    ("image", ' '),
    ("image-pull-policy", ' '),
    ("kubeconfig", ' '),
    ("kustomize", 'k'),
    ("label-columns", 'L'),
    ("labels", ' '),
    ("limit-bytes", ' '),
    ("namespace", 'n'),
    ("output", 'o'),
    ("patch", ' '),
    ("pod-running-timeout", ' '),
    ("port", ' '),
    ("replicas", ' '),
    ("request-timeout", ' '),
    ("restart", ' '),
    ("revision", ' '),
    ("selector", 'l'),
    ("serviceaccount", ' '),
    ("since", ' '),
    ("sort-by", ' '),
    ("tail", ' '),
    ("target-port", ' '),
    ("template", ' '),
    ("timeout", ' '),
    ("to-revision", ' '),
    ("type", ' '),
    ("user", ' '),
    ("v", 'v'),
];

/// Flags without values; some accept one after `=`.
const PLAIN: &[(&str, char)] = &[
    ("all", ' '),
    ("all-containers", ' '),
    ("all-namespaces", 'A'),
    ("allow-missing-template-keys", ' '),
    ("attach", ' '),
    ("client", ' '),
    ("command", ' '),
    ("current", ' '),
    ("flatten", ' '),
    ("follow", ' '),
    ("force", ' '),
    ("force-conflicts", ' '),
    ("help", 'h'),
    ("ignore-not-found", ' '),
    ("minify", ' '),
    ("no-headers", ' '),
    ("now", ' '),
    ("overwrite", ' '),
    ("prefix", ' '),
    ("previous", 'p'),
    ("prune", ' '),
    ("quiet", 'q'),
    ("raw", ' '),
    ("record", ' '),
    ("recursive", 'R'),
    ("rm", ' '),
    ("save-config", ' '),
    ("server-side", ' '),
    ("short", ' '),
    ("show-events", ' '),
    ("show-kind", ' '),
    ("show-labels", ' '),
    ("show-managed-fields", ' '),
    ("stdin", 'i'),
    ("timestamps", ' '),
    ("tty", 't'),
    ("validate", ' '),
    ("wait", ' '),
    ("watch", 'w'),
];

/// Returns the words that are neither flags nor values of flags, with their positions, up to `--`.
pub(super) fn operands(words: &[String]) -> impl Iterator<Item = (usize, &str)> {
    let mut is_value = false;
    let words = words.iter().map(String::as_str).enumerate().take_while(move |(_, word)| {
        // A value may be `--`.
        let is_end = !is_value && *word == "--";
        is_value = !is_value && takes_next(word);
        !is_end
    });
    let mut is_value = false;
    words.filter(move |(_, word)| {
        let is_operand = !is_value && (!word.starts_with('-') || *word == "-");
        is_value = !is_value && takes_next(word);
        is_operand
    })
}

/// Returns whether the next word is the value of a flag.
fn takes_next(word: &str) -> bool {
    match word.strip_prefix("--") {
        Some("dry-run" | "cascade") => false,
        Some(long) => VALUED.iter().any(|(name, _)| *name == long),
        None => {
            let is_valued = |letter| letter != ' ' && VALUED.iter().any(|(_, known)| *known == letter);
            let letters = word.strip_prefix('-').unwrap_or_default();
            letters.find(is_valued).is_some_and(|at| at + 1 == letters.len())
        }
    }
}

impl<'w> Arguments<'w> {
    /// Parses the words.
    ///
    /// # Errors
    /// Returns kubectl's message for an unknown flag, or for a flag without its value.
    pub(super) fn read(words: &'w [String]) -> Result<Self, String> {
        let mut read = Self::default();
        let mut place = 0;
        while let Some(word) = words.get(place) {
            place += 1;
            let verb = read.operands.first().copied().unwrap_or("kubectl");
            let see = || match read.operands.first() {
                Some(verb) => ["See 'kubectl ", verb, " --help' for usage.\n"].concat(),
                None => "See 'kubectl --help' for usage.\n".to_owned(),
            };
            if word == "--" {
                read.command = words.get(place..).unwrap_or_default();
                break;
            }
            if let Some(long) = word.strip_prefix("--") {
                let (name, glued) = long.split_once('=').map_or((long, None), |(a, b)| (a, Some(b)));
                if let Some((name, _)) = PLAIN.iter().find(|(known, _)| *known == name) {
                    if glued != Some("false") {
                        read.flags.push(name);
                    }
                } else if let Some((name, _)) = VALUED.iter().find(|(known, _)| *known == name) {
                    let value = match (glued, *name) {
                        (Some(value), _) => value,
                        // These flags have a default value.
                        (None, "dry-run") => "client",
                        (None, "cascade") => "background",
                        (None, _) => {
                            place += 1;
                            let missing =
                                || ["error: flag needs an argument: --", name, "\n", &see()].concat();
                            words.get(place - 1).map(String::as_str).ok_or_else(missing)?
                        }
                    };
                    read.set(name, value);
                } else {
                    return Err(["error: unknown flag: --", name, "\n", &see()].concat());
                }
                continue;
            }
            let letters = word.strip_prefix('-').filter(|letters| !letters.is_empty());
            let Some(letters) = letters else {
                read.operands.push(word);
                continue;
            };
            for (at, letter) in letters.char_indices() {
                let is_follow = letter == 'f' && verb == "logs";
                let is_patch = letter == 'p' && verb == "patch";
                let valued = VALUED.iter().find(|(_, known)| *known == letter).filter(|_| !is_follow);
                let valued = if is_patch { Some(&("patch", 'p')) } else { valued };
                if is_follow {
                    read.flags.push("follow");
                } else if let Some((name, _)) = valued {
                    let glued = letters.get(at + letter.len_utf8()..).unwrap_or_default();
                    let glued = glued.strip_prefix('=').unwrap_or(glued);
                    let value = if glued.is_empty() {
                        place += 1;
                        let missing =
                            || format!("error: flag needs an argument: '{letter}' in -{letters}\n{}", see());
                        words.get(place - 1).map(String::as_str).ok_or_else(missing)?
                    } else {
                        glued
                    };
                    read.set(name, value);
                    break;
                } else if let Some((name, _)) = PLAIN.iter().find(|(_, known)| *known == letter) {
                    read.flags.push(name);
                } else {
                    let text = format!("error: unknown shorthand flag: '{letter}' in -{letters}\n{}", see());
                    return Err(text);
                }
            }
        }
        Ok(read)
    }

    fn set(&mut self, name: &'static str, value: &'w str) {
        match name {
            "filename" => self.files.extend(value.split(',')),
            "namespace" => self.namespace = Some(value),
            "output" => self.form = value,
            "selector" => self.selector = Some(value),
            "container" => self.container = Some(value),
            _ => self.values.push((name, value)),
        }
    }

    /// Returns whether a flag is set.
    pub(super) fn has(&self, name: &str) -> bool {
        self.flags.contains(&name)
    }

    /// Returns the value of a flag.
    pub(super) fn value(&self, name: &str) -> Option<&'w str> {
        self.values.iter().rev().find(|(known, _)| *known == name).map(|(_, value)| *value)
    }

    /// Returns the requested namespace, or else the default one.
    pub(super) fn namespace(&self) -> &str {
        let usual = if self.usual.is_empty() { "default" } else { &self.usual };
        self.namespace.filter(|name| !name.is_empty()).unwrap_or(usual)
    }

    /// Returns whether all namespaces are requested.
    pub(super) fn is_everywhere(&self) -> bool {
        self.has("all-namespaces")
    }
}
