//! `falcon plugin new`: the folder of a plugin that works, to be changed into one's own.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use anyhow::anyhow;
use falcon_package::{Kind, PluginName};
use serde_json::json;

use super::templates::{self, Template};
use crate::{
    cli::{NewPlugin, PluginLanguage as Language},
    command::Context,
    failure::{Exit, Failure, Outcome},
    output::Output,
};

pub(super) fn run(context: &Context, asked: &NewPlugin) -> Outcome {
    let kind = asked.kind.into();
    let name: PluginName = asked.name.parse().map_err(|error| {
        let failure = Failure::usage(anyhow!("{error}"));
        match asked.name.contains('/') {
            true => failure,
            false => failure.hint(format!("whose is it? For example you/{}", asked.name)),
        }
    })?;
    let template = template(kind, asked.language)?;
    let folder = asked.folder.clone().unwrap_or_else(|| name.name().into());
    let sdk = Sdk::find();
    let names = Names::of(&name, kind, &sdk);
    let mut files: Vec<(&str, String)> = template
        .files
        .iter()
        .flat_map(|some| some.iter())
        .map(|(path, text)| (*path, names.put_into(text)))
        .collect();
    if let Some(lock) = sdk.lock().filter(|_| asked.language == Language::Rust) {
        files.push(("Cargo.lock", lock));
    }
    write(&folder, &files)?;
    tell(context, &folder, &name, &files, &sdk)
}

fn template(kind: Kind, language: Language) -> Result<&'static Template, Failure> {
    let fits = |template: &&Template| template.kind == kind && template.language == language;
    templates::ALL.iter().find(fits).ok_or_else(|| {
        let others = templates::ALL.iter().filter(|other| other.kind == kind);
        let others: Vec<&str> = others.map(|other| other.language.name()).collect();
        let error = anyhow!(
            "there is no template for {} in {}",
            kind.described(),
            language.name()
        );
        Failure::usage(error).hint(format!("there is one in {}", others.join(", ")))
    })
}

/// Where a plugin's folder finds the SDK.
enum Sdk {
    /// The checkout that this program was built from.
    Checkout(PathBuf),
    /// The project's repository, at the tag of this version.
    Repository,
}

impl Sdk {
    fn find() -> Self {
        let checkout = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2);
        match checkout.filter(|checkout| checkout.join("sdk/rust/Cargo.toml").is_file()) {
            Some(checkout) => Self::Checkout(checkout.to_owned()),
            None => Self::Repository,
        }
    }

    /// The dependency, as a manifest of cargo's writes it.
    fn dependency(&self) -> String {
        match self {
            Self::Checkout(checkout) => {
                let path = checkout.join("sdk").join("rust").display().to_string();
                format!("{{ path = {} }}", toml::Value::String(path))
            }
            Self::Repository => format!("{{ git = {REPOSITORY:?}, tag = {TAG:?} }}"),
        }
    }

    /// What pip takes for the package for Python.
    fn python(&self) -> String {
        match self {
            Self::Checkout(checkout) => checkout.join("sdk").join("python").display().to_string(),
            Self::Repository => format!("'git+{REPOSITORY}@{TAG}#subdirectory=sdk/python'"),
        }
    }

    /// For people.
    fn described(&self) -> String {
        match self {
            Self::Checkout(checkout) => {
                format!(
                    "the checkout that this falcon was built from, {}",
                    checkout.display()
                )
            }
            Self::Repository => format!("{REPOSITORY} at {TAG}"),
        }
    }

    /// The versions that FALCON's own plugins are built with, so that a new one is built with the same.
    fn lock(&self) -> Option<String> {
        match self {
            Self::Checkout(checkout) => {
                fs::read_to_string(checkout.join("plugins/Cargo.lock")).ok()
            }
            Self::Repository => None,
        }
    }
}

const REPOSITORY: &str = env!("CARGO_PKG_REPOSITORY");
const TAG: &str = concat!("v", env!("CARGO_PKG_VERSION"));

/// What stands in a template for what the plugin is called.
struct Names([(&'static str, String); 9]);

impl Names {
    fn of(name: &PluginName, kind: Kind, sdk: &Sdk) -> Self {
        let version = falcon_host::host_version();
        let (major, minor) = (version.major, version.minor);
        Self([
            ("{{name}}", name.to_string()),
            ("{{short}}", name.name().to_owned()),
            ("{{file}}", name.file_name()),
            (
                "{{crate}}",
                format!("plugin-{}-{}", name.owner(), name.name()),
            ),
            ("{{type}}", type_name(name, kind)),
            (
                "{{host}}",
                format!(">={major}.{minor}, <{major}.{}", minor + 1),
            ),
            // Quoted in the template, so that the template is TOML too.
            ("\"{{sdk}}\"", sdk.dependency()),
            ("{{sdk-from}}", sdk.described()),
            ("{{python-from}}", sdk.python()),
        ])
    }

    fn put_into(&self, text: &str) -> String {
        self.0.iter().fold(text.to_owned(), |text, (mark, name)| {
            text.replace(mark, name)
        })
    }
}

/// `my-style`, a judge: `MyStyleJudge`, which no type of the SDK is called.
fn type_name(name: &PluginName, kind: Kind) -> String {
    let words = name.name().split('-').map(|word| {
        let mut letters = word.chars();
        let first = letters.next().map(|letter| letter.to_ascii_uppercase());
        first.into_iter().chain(letters).collect::<String>()
    });
    let words: String = words.collect();
    let begins = if words.starts_with(|letter: char| letter.is_ascii_digit()) {
        "A"
    } else {
        ""
    };
    let ends = match kind {
        Kind::Judge => "Judge",
        Kind::Memory => "Policy",
        Kind::Language => "Language",
    };
    format!("{begins}{words}{ends}")
}

/// Writes all files into a folder that is new or empty.
fn write(folder: &Path, files: &[(&str, String)]) -> Result<(), Failure> {
    let failed = |path: &Path| {
        let doing = format!("cannot write {}", path.display());
        move |error: io::Error| Failure::file(error, doing)
    };
    fs::create_dir_all(folder).map_err(failed(folder))?;
    if fs::read_dir(folder)
        .map_err(failed(folder))?
        .next()
        .is_some()
    {
        let error = anyhow!("{} is not empty, so nothing was written", folder.display());
        return Err(Failure::usage(error).hint("name another folder after the plugin's name"));
    }
    for (name, text) in files {
        let path = folder.join(name);
        let parent = path.parent().unwrap_or(folder);
        fs::create_dir_all(parent).map_err(failed(parent))?;
        let mut file = fs::File::create_new(&path).map_err(failed(&path))?;
        io::Write::write_all(&mut file, text.as_bytes()).map_err(failed(&path))?;
    }
    Ok(())
}

fn tell(
    context: &Context,
    folder: &Path,
    name: &PluginName,
    files: &[(&str, String)],
    sdk: &Sdk,
) -> Outcome {
    let paths: Vec<&str> = files.iter().map(|(path, _)| *path).collect();
    let mut output = Output::stdout();
    if context.json {
        output.document(&json!({
            "name": name,
            "folder": folder,
            "files": paths,
            "sdk": sdk.described(),
        }))?;
    } else {
        output.text(&format!(
            "{name} in {}: {}\nthe SDK is {}\nnext: cd {} && falcon plugin test .\n",
            folder.display(),
            paths.join(", "),
            sdk.described(),
            folder.display(),
        ))?;
    }
    output.finish()?;
    Ok(Exit::Done)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_are_named_after_the_plugin() {
        for (name, kind, expected) in [
            ("you/my-style", Kind::Judge, "MyStyleJudge"),
            ("you/judge", Kind::Judge, "JudgeJudge"),
            ("you/2short", Kind::Memory, "A2shortPolicy"),
        ] {
            assert_eq!(type_name(&name.parse().unwrap(), kind), expected);
        }
    }

    #[test]
    fn templates_leave_no_mark() {
        let name: PluginName = "you/short".parse().unwrap();
        for template in &templates::ALL {
            let names = Names::of(&name, template.kind, &Sdk::Repository);
            for (path, text) in template.files.iter().flat_map(|some| some.iter()) {
                let text = names.put_into(text);
                // `{{ lines: number }}` is a type of JSDoc.
                let left = text.split("{{").skip(1);
                let mark = left.into_iter().find(|rest| !rest.starts_with(' '));
                assert_eq!(mark, None, "{path}");
            }
        }
    }
}
