//! Expressions.

use ruff_python_ast::{
    Arguments, BoolOp, Comprehension, Expr, ExprContext, Keyword, Parameter, ParameterWithDefault,
    Parameters, UnaryOp,
};

use super::walk::Walk;

impl<'a> Walk<'a> {
    pub(super) fn exprs(&mut self, exprs: &'a [Expr]) {
        self.sign("[");
        for expr in exprs {
            self.expr(expr);
        }
        self.sign("]");
    }

    pub(super) fn optional(&mut self, expr: Option<&'a Expr>) {
        match expr {
            Some(expr) => self.expr(expr),
            None => self.none(),
        }
    }

    pub(super) fn expr(&mut self, expr: &'a Expr) {
        match expr {
            Expr::BoolOp(it) => {
                self.sign(it.op.as_str());
                self.sign("[");
                self.operands(it.op, &it.values);
                self.sign("]");
            }
            Expr::Named(it) => {
                self.sign(":=");
                self.expr(&it.target);
                self.expr(&it.value);
            }
            Expr::BinOp(it) => {
                self.sign("binary");
                self.sign(it.op.as_str());
                self.expr(&it.left);
                self.expr(&it.right);
            }
            // `+1` is a way to write 1.
            Expr::UnaryOp(it)
                if matches!(it.op, UnaryOp::UAdd)
                    && matches!(&*it.operand, Expr::NumberLiteral(_)) =>
            {
                self.expr(&it.operand);
            }
            Expr::UnaryOp(it) => {
                self.sign("unary");
                self.sign(it.op.as_str());
                self.expr(&it.operand);
            }
            Expr::Lambda(it) => {
                self.sign("lambda");
                self.parameters(it.parameters.as_deref());
                self.expr(&it.body);
            }
            Expr::If(it) => {
                self.sign("if else");
                self.expr(&it.body);
                self.expr(&it.test);
                self.expr(&it.orelse);
            }
            Expr::Dict(it) => {
                self.sign("dict");
                self.sign("[");
                for item in &it.items {
                    self.optional(item.key.as_ref());
                    self.expr(&item.value);
                }
                self.sign("]");
            }
            Expr::Set(it) => {
                self.sign("set");
                self.exprs(&it.elts);
            }
            Expr::ListComp(it) => {
                self.sign("list of");
                self.expr(&it.elt);
                self.generators(&it.generators);
            }
            Expr::SetComp(it) => {
                self.sign("set of");
                self.expr(&it.elt);
                self.generators(&it.generators);
            }
            Expr::DictComp(it) => {
                self.sign("dict of");
                self.expr(&it.key);
                self.expr(&it.value);
                self.generators(&it.generators);
            }
            Expr::Generator(it) => {
                self.sign("generator of");
                self.expr(&it.elt);
                self.generators(&it.generators);
            }
            Expr::Await(it) => {
                self.sign("await");
                self.expr(&it.value);
            }
            Expr::Yield(it) => {
                self.sign("yield");
                self.optional(it.value.as_deref());
            }
            Expr::YieldFrom(it) => {
                self.sign("yield from");
                self.expr(&it.value);
            }
            Expr::Compare(it) => {
                self.sign("compare");
                self.expr(&it.left);
                self.sign("[");
                for (op, right) in it.ops.iter().zip(it.comparators.iter()) {
                    self.sign(op.as_str());
                    self.expr(right);
                }
                self.sign("]");
            }
            Expr::Call(it) => {
                self.sign("call");
                self.expr(&it.func);
                self.arguments(Some(&it.arguments));
            }
            Expr::FString(it) => self.f_string(it),
            Expr::TString(it) => self.t_string(it),
            Expr::StringLiteral(it) => self.string(it),
            Expr::BytesLiteral(it) => {
                let bytes: Vec<u8> = it.value.bytes().collect();
                self.value("bytes", bytes);
            }
            Expr::NumberLiteral(it) => self.number(&it.value),
            Expr::BooleanLiteral(it) => self.sign(if it.value { "True" } else { "False" }),
            Expr::NoneLiteral(_) => self.sign("None"),
            Expr::EllipsisLiteral(_) => self.sign("..."),
            Expr::Attribute(it) => {
                self.sign(".");
                self.expr(&it.value);
                self.word(&it.attr);
            }
            Expr::Subscript(it) => {
                self.sign("subscript");
                self.expr(&it.value);
                self.expr(&it.slice);
            }
            Expr::Starred(it) => {
                self.sign("*");
                self.expr(&it.value);
            }
            Expr::Name(it) => {
                if matches!(it.ctx, ExprContext::Store) {
                    self.gives(it.id.as_str());
                }
                self.name(it.id.as_str());
            }
            Expr::List(it) => {
                self.sign("list");
                self.exprs(&it.elts);
            }
            Expr::Tuple(it) => {
                self.sign("tuple");
                self.exprs(&it.elts);
            }
            Expr::Slice(it) => {
                self.sign("slice");
                self.optional(it.lower.as_deref());
                self.optional(it.upper.as_deref());
                self.optional(it.step.as_deref());
            }
            Expr::IpyEscapeCommand(it) => {
                self.value("command", it.kind.to_string());
                self.value("text", &*it.value);
            }
        }
    }

    /// `a and (b and c)` is `a and b and c`: the same is evaluated, and the same is the result.
    fn operands(&mut self, op: BoolOp, values: &'a [Expr]) {
        for value in values {
            match value {
                Expr::BoolOp(it) if it.op == op => self.operands(op, &it.values),
                value => self.expr(value),
            }
        }
    }

    fn generators(&mut self, generators: &'a [Comprehension]) {
        self.sign("[");
        for it in generators {
            self.sign(if it.is_async { "async for" } else { "for" });
            self.expr(&it.target);
            self.expr(&it.iter);
            self.exprs(&it.ifs);
        }
        self.sign("]");
    }

    /// `class A:` and `class A():` are one.
    pub(super) fn arguments(&mut self, it: Option<&'a Arguments>) {
        let positional: &[Expr] = it.map_or(&[], |it| &*it.args);
        let keywords: &[Keyword] = it.map_or(&[], |it| &*it.keywords);
        self.exprs(positional);
        self.sign("[");
        for keyword in keywords {
            self.optional_word(keyword.arg.as_ref());
            self.expr(&keyword.value);
        }
        self.sign("]");
    }

    /// Without what is said of their types.
    pub(super) fn parameters(&mut self, it: Option<&'a Parameters>) {
        self.sign("parameters");
        if let Some(it) = it {
            self.with_defaults("/", &it.posonlyargs);
            self.with_defaults(",", &it.args);
            self.variadic("*", it.vararg.as_deref());
            self.with_defaults("*,", &it.kwonlyargs);
            self.variadic("**", it.kwarg.as_deref());
        }
        self.sign(":");
    }

    fn with_defaults(&mut self, kind: &'static str, parameters: &'a [ParameterWithDefault]) {
        for it in parameters {
            self.sign(kind);
            self.given(&it.parameter.name);
            self.optional(it.default.as_deref());
        }
    }

    fn variadic(&mut self, kind: &'static str, parameter: Option<&'a Parameter>) {
        if let Some(it) = parameter {
            self.sign(kind);
            self.given(&it.name);
        }
    }
}
