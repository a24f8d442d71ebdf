//! Where a plugin's requests may go.

use std::{fmt, net::IpAddr, str::FromStr};

use serde::{Deserialize, Serialize};

/// A host by its name or address, with a port where it is not the scheme's own: `api.example.org`,
/// `127.0.0.1:8080`, `[::1]:8080`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct HttpHost {
    name: String,
    port: Option<u16>,
}

/// What a manifest asks for: `host/path`. The path stands for itself and what is below it; `host/` for all of the host.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct HttpPlace {
    host: HttpHost,
    path: String,
}

/// A text that names no host or place.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{text:?} is not {wanted}")]
pub struct PlaceError {
    text: String,
    wanted: &'static str,
}

const HOST: &str = "a host, such as api.example.org or 127.0.0.1:8080";
const PLACE: &str =
    "a place, which is \"host/path\" without the scheme, such as \"api.example.org/v1\"";

impl HttpHost {
    /// The host of this name or address in a URL, where its port is this one or the scheme's own.
    ///
    /// # Arguments
    /// - `name`: as a URL has it: in lower case, an address of IPv6 in brackets.
    #[must_use]
    pub fn of(name: &str, port: Option<u16>) -> Self {
        Self {
            name: name.to_owned(),
            port,
        }
    }

    /// Its name or address; an address of IPv6 has brackets.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Whether it is named by its address, or as this machine: what is meant then is what is written, whatever a
    /// name server says.
    #[must_use]
    pub fn is_address(&self) -> bool {
        self.name == "localhost" || address(&self.name).is_some()
    }
}

impl HttpPlace {
    /// Where it is.
    #[must_use]
    pub fn host(&self) -> &HttpHost {
        &self.host
    }

    /// Whether a path of this host is the place or below it.
    #[must_use]
    pub fn covers(&self, host: &HttpHost, path: &str) -> bool {
        let below = self.path.trim_end_matches('/');
        let rest = path.strip_prefix(below);
        self.host == *host && rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    }

    /// Whether all of the host is asked for.
    #[must_use]
    pub fn is_whole_host(&self) -> bool {
        self.path == "/"
    }
}

impl FromStr for HttpHost {
    type Err = PlaceError;

    fn from_str(text: &str) -> Result<Self, PlaceError> {
        let wrong = || PlaceError {
            text: text.to_owned(),
            wanted: HOST,
        };
        let end = text.rfind(']').unwrap_or(0);
        let (name, port) = match text[end..].rfind(':') {
            Some(at) => {
                let (name, port) = text.split_at(end + at);
                let digits = port[1..].bytes().all(|byte| byte.is_ascii_digit());
                let port = port[1..].parse().ok().filter(|port| digits && *port > 0);
                (name, Some(port.ok_or_else(wrong)?))
            }
            None => (text, None),
        };
        let name = name.to_ascii_lowercase();
        if !(is_name(&name) || address(&name).is_some()) {
            return Err(wrong());
        }
        // One way of writing each address, which is the one that URLs are brought to.
        let name = match address(&name) {
            Some(IpAddr::V6(address)) => format!("[{address}]"),
            Some(IpAddr::V4(address)) => address.to_string(),
            None => name,
        };
        Ok(Self { name, port })
    }
}

impl FromStr for HttpPlace {
    type Err = PlaceError;

    fn from_str(text: &str) -> Result<Self, PlaceError> {
        let wrong = || PlaceError {
            text: text.to_owned(),
            wanted: PLACE,
        };
        let (host, path) = text.split_once('/').ok_or_else(wrong)?;
        let plain = |byte: u8| byte.is_ascii_graphic() && !b"%?#\\\"<>`{}".contains(&byte);
        let dots = path.split('/').any(|part| matches!(part, "." | ".."));
        if !path.bytes().all(plain) || path.starts_with('/') || dots {
            return Err(wrong());
        }
        Ok(Self {
            host: host.parse().map_err(|_| wrong())?,
            path: format!("/{path}"),
        })
    }
}

/// An address as URLs write it.
fn address(name: &str) -> Option<IpAddr> {
    match name
        .strip_prefix('[')
        .and_then(|rest| rest.strip_suffix(']'))
    {
        Some(inner) => inner.parse().ok().map(IpAddr::V6),
        None => name.parse().ok().map(IpAddr::V4),
    }
}

/// Whether a text is a name that name servers know. One that ends in a number would be an address to a URL.
fn is_name(name: &str) -> bool {
    let letter = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
    let labels = || name.split('.');
    let number = labels()
        .next_back()
        .is_some_and(|last| match last.strip_prefix("0x") {
            Some(hex) => hex.bytes().all(|byte| byte.is_ascii_hexdigit()),
            None => last.bytes().all(|byte| byte.is_ascii_digit()),
        });
    name.len() <= 253
        && labels().all(|label| !label.is_empty() && label.len() <= 63 && label.bytes().all(letter))
        && !number
}

impl fmt::Display for HttpHost {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.port {
            Some(port) => write!(f, "{}:{port}", self.name),
            None => f.write_str(&self.name),
        }
    }
}

impl fmt::Display for HttpPlace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", self.host, self.path)
    }
}

impl TryFrom<String> for HttpPlace {
    type Error = PlaceError;

    fn try_from(text: String) -> Result<Self, PlaceError> {
        text.parse()
    }
}

impl From<HttpPlace> for String {
    fn from(place: HttpPlace) -> Self {
        place.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_are_written_in_one_way() {
        for (text, written) in [
            ("API.example.org", Some("api.example.org")),
            ("api.example.org:8443", Some("api.example.org:8443")),
            ("localhost:80", Some("localhost:80")),
            ("127.0.0.1:8080", Some("127.0.0.1:8080")),
            ("[0:0::1]:8080", Some("[::1]:8080")),
            ("::1", None),
            ("127.1", None),
            ("0x7f.0.0.1", None),
            ("2130706433", None),
            ("*.example.org", None),
            ("me@example.org", None),
            ("example.org.", None),
            ("example.org:0", None),
            ("example.org:+1", None),
            ("example.org:99999", None),
            ("exämple.org", None),
            ("", None),
        ] {
            let host = text.parse::<HttpHost>().ok();
            let found = host.as_ref().map(ToString::to_string);
            assert_eq!(found.as_deref(), written, "{text}");
            if let Some(host) = host {
                assert_eq!(host.to_string().parse::<HttpHost>().unwrap(), host);
            }
        }
    }

    #[test]
    fn a_place_covers_itself_and_what_is_below() {
        let host: HttpHost = "api.example.org".parse().unwrap();
        for (place, path, covered) in [
            ("api.example.org/", "/", true),
            ("api.example.org/", "/any/thing", true),
            ("api.example.org/v1", "/v1", true),
            ("api.example.org/v1", "/v1/score", true),
            ("api.example.org/v1/", "/v1/score", true),
            ("api.example.org/v1", "/v10", false),
            ("api.example.org/v1", "/", false),
            ("api.example.org:81/", "/", false),
            ("example.org/", "/", false),
        ] {
            let place: HttpPlace = place.parse().unwrap();
            assert_eq!(place.covers(&host, path), covered, "{place} {path}");
        }
        for text in [
            "example.org",
            "https://example.org/",
            "example.org//x",
            "example.org/a/../b",
            "example.org/%2e",
            "example.org/a b",
            "/x",
        ] {
            assert!(text.parse::<HttpPlace>().is_err(), "{text}");
        }
    }
}
