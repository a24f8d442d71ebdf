//! A judge in Zig, as an Extism module: 1 for a program that has no line longer than the setting says, else the share of
//! lines that are not. Its findings say which are.

const std = @import("std");

/// Extism's kernel: memory that is shared with whoever calls, reached byte by byte.
const kernel = struct {
    extern "extism:host/env" fn alloc(size: u64) u64;
    extern "extism:host/env" fn load_u8(place: u64) u8;
    extern "extism:host/env" fn store_u8(place: u64, byte: u8) void;
    extern "extism:host/env" fn input_length() u64;
    extern "extism:host/env" fn input_load_u8(at: u64) u8;
    extern "extism:host/env" fn output_set(place: u64, size: u64) void;
    extern "extism:host/env" fn error_set(place: u64) void;
};

/// What is read of the input; the rest is passed over.
const Input = struct {
    episode: struct { program: []const u8 },
    config: struct { longest: usize },
};

const Finding = struct {
    rule: []const u8 = "E501",
    severity: []const u8 = "note",
    message: []const u8,
    start: usize,
    end: usize,
};

const Judgement = struct {
    score: f64,
    parts: struct { lines: usize, long: usize },
    findings: []const Finding,
};

export fn judge() i32 {
    const memory = std.heap.wasm_allocator;
    const answer = judged(memory) catch |problem| {
        kernel.error_set(given(@errorName(problem)));
        return 1;
    };
    kernel.output_set(given(answer), answer.len);
    return 0;
}

fn judged(memory: std.mem.Allocator) ![]const u8 {
    const text = try memory.alloc(u8, @intCast(kernel.input_length()));
    for (text, 0..) |*byte, at| byte.* = kernel.input_load_u8(at);
    const input = try std.json.parseFromSliceLeaky(Input, memory, text, .{ .ignore_unknown_fields = true });
    const program = input.episode.program;

    var findings: std.ArrayList(Finding) = .empty;
    var lines: usize = 0;
    var start: usize = 0;
    var rest = std.mem.splitScalar(u8, program, '\n');
    while (rest.next()) |line| : (start += line.len + 1) {
        lines += 1;
        if (line.len > input.config.longest) {
            const message = try std.fmt.allocPrint(memory, "{d} bytes", .{line.len});
            try findings.append(memory, .{ .message = message, .start = start, .end = start + line.len });
        }
    }
    const long = findings.items.len;
    const judgement = Judgement{
        .score = 1.0 - @as(f64, @floatFromInt(long)) / @as(f64, @floatFromInt(lines)),
        .parts = .{ .lines = lines, .long = long },
        .findings = findings.items,
    };
    return std.json.Stringify.valueAlloc(memory, judgement, .{});
}

/// A place in the kernel's memory that holds a text.
fn given(text: []const u8) u64 {
    const place = kernel.alloc(text.len);
    for (text, 0..) |byte, at| kernel.store_u8(place + at, byte);
    return place;
}
