//! Evaluates programs.

use std::rc::Rc;

use crate::{
    harness::Tests,
    read::{Kind, Node},
    stop::Stop,
    value::{Function, Scope, Value},
    words,
};

/// Expressions inside expressions, calls included: beyond it the instance would run out of stack, and a program
/// deserves an error with a place.
const DEEPEST: usize = 1000;

/// A program that runs.
pub struct Machine {
    pub globals: Scope,
    pub arguments: Vec<String>,
    /// On the test side: what the tests said so far.
    pub tests: Option<Tests>,
    pub input: words::Input,
    depth: usize,
}

impl Machine {
    pub fn new() -> Self {
        let own = Scope::default();
        for native in words::ALL {
            own.define(native.name.into(), Value::Native(native));
        }
        Self {
            globals: own.inner(),
            arguments: Vec::new(),
            tests: None,
            input: words::Input::default(),
            depth: 0,
        }
    }

    /// Evaluates a program's expressions in order.
    pub fn run(&mut self, nodes: &[Node]) -> Result<Value, Stop> {
        let globals = self.globals.clone();
        self.all(nodes, &globals)
    }

    /// Calls a function.
    pub fn call(&mut self, function: &Value, arguments: &[Value]) -> Result<Value, Stop> {
        match function {
            Value::Native(native) => (native.call)(self, arguments),
            Value::Remote(name) => Tests::remote(name, arguments),
            Value::Function(function) => {
                let (wanted, given) = (function.parameters.len(), arguments.len());
                if wanted != given {
                    return Err(Stop::error(format!(
                        "a function of {wanted} parameters is called with {given} arguments"
                    )));
                }
                let scope = function.scope.inner();
                for (name, value) in function.parameters.iter().zip(arguments) {
                    scope.define(Rc::clone(name), value.clone());
                }
                self.all(&function.body, &scope)
            }
            other => Err(Stop::error(format!("a value of type {} is called", other.kind()))),
        }
    }

    fn all(&mut self, nodes: &[Node], scope: &Scope) -> Result<Value, Stop> {
        let mut last = Value::None;
        for node in nodes {
            last = self.evaluate(node, scope)?;
        }
        Ok(last)
    }

    /// Evaluates one expression.
    pub fn evaluate(&mut self, node: &Node, scope: &Scope) -> Result<Value, Stop> {
        let nodes = match &node.kind {
            Kind::Value(value) => return Ok(value.clone()),
            Kind::Name(name) => {
                let found = scope.get(name);
                return found.ok_or_else(|| {
                    Stop::error(format!("there is no name `{name}`")).at(node.at)
                });
            }
            Kind::List(nodes) => nodes,
        };
        if self.depth >= DEEPEST {
            return Err(Stop::error("recursion is too deep").at(node.at));
        }
        self.depth += 1;
        let value = self.form(nodes, scope).map_err(|stop| stop.at(node.at));
        self.depth -= 1;
        value
    }

    fn form(&mut self, nodes: &[Node], scope: &Scope) -> Result<Value, Stop> {
        let Some((first, rest)) = nodes.split_first() else {
            return Ok(Value::None);
        };
        let word = match &first.kind {
            Kind::Name(name) => &**name,
            _ => "",
        };
        match (word, rest) {
            ("def", [name, value]) => {
                let value = self.evaluate(value, scope)?;
                scope.define(named(name)?, value);
                Ok(Value::None)
            }
            ("set", [name, value]) => {
                let (value, name) = (self.evaluate(value, scope)?, named(name)?);
                match scope.set(&name, value) {
                    true => Ok(Value::None),
                    false => Err(Stop::error(format!("there is no name `{name}` to set"))),
                }
            }
            ("fn", [parameters, body @ ..]) => function(parameters, body, scope),
            ("if", [condition, then, otherwise @ ..]) if otherwise.len() < 2 => {
                let branch = match self.truth(condition, scope)? {
                    true => Some(then),
                    false => otherwise.first(),
                };
                branch.map_or(Ok(Value::None), |branch| self.evaluate(branch, scope))
            }
            ("while", [condition, body @ ..]) => {
                while self.truth(condition, scope)? {
                    self.all(body, scope)?;
                }
                Ok(Value::None)
            }
            ("do", body) => self.all(body, scope),
            ("try", [body, handler]) => match self.evaluate(body, scope) {
                Err(Stop::Raised(raised)) => {
                    let handler = self.evaluate(handler, scope)?;
                    self.call(&handler, &[Value::text(&raised.message)])
                }
                value => value,
            },
            ("check", [condition]) if self.tests.is_some() => Tests::check(self, condition, scope),
            ("def" | "set" | "if" | "try" | "check" | "fn" | "while", _) => {
                Err(Stop::error(format!("`{word}` is not written so")))
            }
            _ => {
                let function = self.evaluate(first, scope)?;
                let arguments: Result<Vec<_>, _> =
                    rest.iter().map(|node| self.evaluate(node, scope)).collect();
                self.call(&function, &arguments?)
            }
        }
    }

    fn truth(&mut self, condition: &Node, scope: &Scope) -> Result<bool, Stop> {
        match self.evaluate(condition, scope)? {
            Value::Bool(truth) => Ok(truth),
            other => Err(Stop::error(format!("a condition is {other}, which is no bool")).at(condition.at)),
        }
    }
}

fn named(node: &Node) -> Result<Rc<str>, Stop> {
    match &node.kind {
        Kind::Name(name) => Ok(Rc::clone(name)),
        _ => Err(Stop::error("here a name is wanted").at(node.at)),
    }
}

fn function(parameters: &Node, body: &[Node], scope: &Scope) -> Result<Value, Stop> {
    let Kind::List(names) = &parameters.kind else {
        return Err(Stop::error("parameters are names in brackets").at(parameters.at));
    };
    let parameters = names.iter().map(named).collect::<Result<_, _>>()?;
    Ok(Value::Function(Rc::new(Function {
        parameters,
        body: body.iter().map(Node::copy).collect(),
        scope: scope.clone(),
    })))
}

impl Node {
    fn copy(&self) -> Self {
        Self {
            at: self.at,
            kind: match &self.kind {
                Kind::Value(value) => Kind::Value(value.clone()),
                Kind::Name(name) => Kind::Name(Rc::clone(name)),
                Kind::List(nodes) => Kind::List(Rc::clone(nodes)),
            },
        }
    }
}
