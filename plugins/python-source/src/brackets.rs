//! Brackets among tokens.

use ruff_python_ast::token::TokenKind;

/// Whether a token opens a bracket.
#[must_use]
pub fn opens(kind: TokenKind) -> bool {
    matches!(kind, TokenKind::Lpar | TokenKind::Lsqb | TokenKind::Lbrace)
}

/// Whether a token closes a bracket.
#[must_use]
pub fn closes(kind: TokenKind) -> bool {
    matches!(kind, TokenKind::Rpar | TokenKind::Rsqb | TokenKind::Rbrace)
}
