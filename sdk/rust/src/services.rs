//! Services of the host. Each is granted by a capability that the manifest asks for and the operator allows;
//! a plugin that calls one without asking for it is refused when it is loaded.

/// Messages to the operator. Capability `log`.
pub mod log {
    use crate::bindings::host::falcon::host::log::{Level, log};

    /// For whoever works on the plugin.
    pub fn debug(message: &str) {
        log(Level::Debug, message);
    }

    /// For the record.
    pub fn info(message: &str) {
        log(Level::Info, message);
    }

    /// Something to look at.
    pub fn warn(message: &str) {
        log(Level::Warn, message);
    }

    /// Something failed.
    pub fn error(message: &str) {
        log(Level::Error, message);
    }
}

/// Wall-clock time. Capability `clock`.
pub mod clock {
    /// Milliseconds since 1970-01-01T00:00:00Z.
    #[must_use]
    pub fn now_ms() -> u64 {
        crate::bindings::host::falcon::host::clock::now_ms()
    }
}

/// A private map that outlives the instance. Capability `kv`.
pub mod kv {
    use crate::{Error, bindings::host::falcon::host::kv};

    /// What is kept under a key.
    #[must_use]
    pub fn get(key: &str) -> Option<Vec<u8>> {
        kv::get(key)
    }

    /// Keeps a value.
    ///
    /// # Errors
    /// Where the plugin's quota is used up: code `quota`.
    pub fn set(key: &str, value: &[u8]) -> Result<(), Error> {
        kv::set(key, value).map_err(|message| Error::new("quota", message))
    }

    /// Forgets a key.
    pub fn delete(key: &str) {
        kv::delete(key);
    }
}

/// Questions to the language model that the operator configured. Capability `llm`.
pub mod llm {
    use crate::bindings::host::falcon::host::llm;

    pub use llm::{Answer, Cause, Message, Problem, Question, Role};

    /// Asks, and waits for the answer. Its time does not count against the call's own.
    ///
    /// # Errors
    /// Where there is no answer. A judge that cannot do without one abstains; it does not fail, since the
    /// program is not at fault.
    pub fn ask(question: &Question) -> Result<Answer, Problem> {
        llm::ask(question)
    }

    impl Message {
        /// Rules that hold for the whole conversation.
        pub fn system(text: impl Into<String>) -> Self {
            Self::of(Role::System, text)
        }

        /// What is asked.
        pub fn user(text: impl Into<String>) -> Self {
            Self::of(Role::User, text)
        }

        /// What the model said before.
        pub fn assistant(text: impl Into<String>) -> Self {
            Self::of(Role::Assistant, text)
        }

        fn of(role: Role, text: impl Into<String>) -> Self {
            Self {
                role,
                text: text.into(),
            }
        }
    }
}

/// Requests to the hosts that the manifest names and the operator granted. Capability `http`.
pub mod http {
    use crate::bindings::host::falcon::host::http;

    pub use http::{Cause, Header, Method, Problem, Request, Response};

    /// Sends a request, and waits for the answer. Its time does not count against the call's own. A redirect is an
    /// answer: nothing is followed.
    ///
    /// # Errors
    /// Where there is no answer. A judge that cannot do without one abstains; it does not fail, since the
    /// program is not at fault.
    pub fn send(request: &Request) -> Result<Response, Problem> {
        http::send(request)
    }

    /// Asks for what is at this URL.
    ///
    /// # Errors
    /// As [`send`].
    pub fn get(url: &str) -> Result<Response, Problem> {
        send(&Request {
            method: Method::Get,
            url: url.to_owned(),
            headers: Vec::new(),
            body: Vec::new(),
        })
    }

    /// Sends a body of this media type, such as `application/json`.
    ///
    /// # Errors
    /// As [`send`].
    pub fn post(url: &str, media: &str, body: impl Into<Vec<u8>>) -> Result<Response, Problem> {
        send(&Request {
            method: Method::Post,
            url: url.to_owned(),
            headers: vec![Header {
                name: "content-type".to_owned(),
                value: media.to_owned(),
            }],
            body: body.into(),
        })
    }

    impl Response {
        /// The value of a header, whose name is in lower case.
        #[must_use]
        pub fn header(&self, name: &str) -> Option<&str> {
            let found = self.headers.iter().find(|header| header.name == name);
            found.map(|header| header.value.as_str())
        }

        /// The body as text, where it is UTF-8.
        #[must_use]
        pub fn text(&self) -> Option<&str> {
            str::from_utf8(&self.body).ok()
        }
    }
}
