/** What code may try, and what becomes of it. */
import type { LuaLimits, LuaVerdict } from '../../../consensus/lua/index.ts';

export const LIMITS: LuaLimits = { fuel: 1_000_000, memory: 1_048_576 };

export interface Attack {
  readonly name: string;
  /** The whole code, or the body of the function that it returns. */
  readonly code: string;
  readonly verdict: LuaVerdict;
}

const body = (name: string, verdict: LuaVerdict, code: string): Attack => ({
  name,
  verdict,
  code: `return function(...) ${code} end`,
});
const whole = (name: string, verdict: LuaVerdict, code: string): Attack => ({ name, verdict, code });

/** Goes on without end, or nearly. */
const TIME: readonly Attack[] = [
  body('a loop', 'outOfFuel', 'while true do end'),
  body('a goto', 'outOfFuel', '::again:: goto again'),
  body('repeat', 'outOfFuel', 'repeat until false'),
  body('a for with a giant end', 'outOfFuel', 'for i = 1, math.maxinteger do end'),
  body(
    'a loop inside pcall, again and again',
    'outOfFuel',
    'while true do pcall(function() while true do end end) end',
  ),
  body('a loop inside a handler', 'outOfFuel', 'xpcall(error, function() while true do end end)'),
  body(
    'a loop as an error',
    'outOfFuel',
    'error(setmetatable({}, { __tostring = function() while true do end end }))',
  ),
  whole('a loop before there is a function', 'outOfFuel', 'while true do end'),
  body('tail calls', 'outOfFuel', 'local function f() return f() end return f()'),
  body(
    'a chain of __index',
    'outOfFuel',
    'local t = {} setmetatable(t, { __index = function(_, k) return t[k] end }) while true do pcall(rawget, t, 1) end',
  ),
  body('a circle of __index', 'error', 'local t = {} setmetatable(t, { __index = t }) return t.x'),
  body('a search that backtracks', 'outOfFuel', 'return string.find(string.rep("a", 3000), ".-.-.-.-b")'),
  body('a match of balanced brackets', 'outOfFuel', 'return string.find(string.rep("(", 30000), "%b()")'),
  body(
    'a gsub over all',
    'outOfFuel',
    'local s = string.rep("a", 1000) while true do s = s:gsub("a", "a") end',
  ),
  body('a gsub that calls itself', 'error', 'local function f(s) return (s:gsub(".", f)) end return f("a")'),
  body('a gmatch without end', 'outOfMemory', 'while true do for _ in string.gmatch("aaaa", "") do end end'),
  body(
    'a pattern that is too deep',
    'error',
    'return string.find(string.rep("a", 300), string.rep("(a", 300))',
  ),
  body(
    'a plain search in a long text',
    'outOfFuel',
    'local s = string.rep("a", 100000) while true do s:find(string.rep("a", 50000) .. "b", 1, true) end',
  ),
  body(
    'comparing long texts',
    'outOfFuel',
    'local a, b = string.rep("a", 100000) .. "b", string.rep("a", 100000) .. "c" while a < b do end',
  ),
  body(
    'equality of long texts',
    'outOfFuel',
    'local a = string.rep("a", 100000) local b = a .. "" while a .. "" == b do end',
  ),
  body(
    'sorting with a function that lies',
    'error',
    'local t = {} for i = 1, 500 do t[i] = i end table.sort(t, function() return true end)',
  ),
  body(
    'sorting a sorted list for ever',
    'outOfFuel',
    'local t = {} for i = 1, 2000 do t[i] = i end while true do table.sort(t, function(a, b) return a < b end) end',
  ),
  body(
    'sorting inside sorting',
    'error',
    'local function f() table.sort({ 1, 2, 3 }, f) return false end return f()',
  ),
  body('moving a giant range', 'outOfFuel', 'table.move({}, 1, math.maxinteger - 1, 2)'),
  body('concatenating a giant range', 'error', 'table.concat({}, "", 1, math.maxinteger)'),
  body(
    'concatenating a giant range of something',
    'outOfFuel',
    'table.concat(setmetatable({}, { __index = function() return "" end }), "", 1, math.maxinteger)',
  ),
  body('unpacking too much', 'outOfMemory', 'table.unpack({}, 1, 1000000000)'),
  body(
    'inserting before a giant length',
    'outOfFuel',
    'table.insert(setmetatable({}, { __len = function() return math.maxinteger - 1 end }), 1, 1)',
  ),
  body(
    'ipairs over what never ends',
    'outOfFuel',
    'for _ in ipairs(setmetatable({}, { __index = function() return 1 end })) do end',
  ),
  body(
    'utf8.len of a long text',
    'outOfFuel',
    'local s = string.rep("\\u{e9}", 50000) while true do utf8.len(s) end',
  ),
  body(
    'reversing a long text',
    'outOfMemory',
    'local s = string.rep("ab", 50000) while #s > 0 do s = s:reverse() end',
  ),
  body('tostring of many numbers', 'outOfFuel', 'local i = 0 while true do i = i + 1 tostring(i) end'),
];

/** Takes much room. */
const SPACE: readonly Attack[] = [
  body('a list', 'outOfMemory', 'local t = {} for i = 1, 10000000 do t[i] = i end'),
  body('tables', 'outOfMemory', 'local t while true do t = { t } end'),
  body('a giant text', 'outOfMemory', 'return string.rep("x", 1000000000)'),
  body('a giant text inside pcall', 'outOfMemory', 'return pcall(string.rep, "x", 1000000000)'),
  body('a text too long for any memory', 'error', 'return string.rep("xxxxxxxx", math.maxinteger)'),
  body('a text that doubles', 'outOfMemory', 'local s = "x" while true do s = s .. s end'),
  body('many texts', 'outOfFuel', 'local i = 0 while true do i = i + 1 local s = "k" .. i end'),
  body('many functions', 'outOfMemory', 'local f while true do local g = f f = function() return g end end'),
  body(
    'texts whose hashes might meet',
    'outOfFuel',
    'local t = {} for i = 1, 100000 do t["a" .. i .. string.rep("b", 40)] = i end',
  ),
  body('a deep stack', 'outOfMemory', 'local function f() return 1 + f() end return f()'),
  body('many arguments', 'outOfMemory', 'return select("#", table.unpack({}, 1, 200000))'),
  body('many captures', 'error', 'return string.find("a", string.rep("()", 40))'),
  body('gsub that grows', 'outOfFuel', 'local s = "ab" while true do s = s:gsub(".", "%0%0%0%0") end'),
  body('pack with a giant size', 'error', 'return string.pack("i17", 1)'),
  body(
    'pack with much padding',
    'outOfMemory',
    'local t = {} while true do t[#t + 1] = string.pack("c60000", "x") end',
  ),
  body('format with a giant width', 'error', 'return string.format("%1000d", 1)'),
  body('garbage is not collected', 'outOfMemory', 'for i = 1, 100000 do local t = { i } end'),
  body('a weak table', 'error', 'setmetatable({}, { __mode = "k" })'),
  body(
    'a weak table that comes later',
    'allowed',
    'local m = {} local t = setmetatable({}, m) m.__mode = "v" t[1] = {} for i = 1, 1000 do local x = {} end return t[1] ~= nil',
  ),
  body('a finalizer', 'error', 'setmetatable({}, { __gc = function() end })'),
];

/** Wants something from outside, or from an earlier check. */
const ESCAPES: readonly Attack[] = [
  ...['io', 'os', 'debug', 'require', 'package', 'load', 'loadstring', 'dofile', 'loadfile', 'coroutine'].map(
    name => body(`${name} is there`, 'refused', `return ${name} ~= nil`),
  ),
  ...['next', 'collectgarbage', 'warn', 'arg', 'rawfoo'].map(name =>
    body(`${name} is there`, 'refused', `return ${name} ~= nil`),
  ),
  ...['math.random', 'math.randomseed', 'math.huge', 'math.pi', 'math.floor', 'string.dump', 'math.sqrt'].map(
    name => body(`${name} is there`, 'refused', `return ${name} ~= nil`),
  ),
  body(
    'all of _G that is not meant to be there',
    'allowed',
    `
    local known = 'assert error getmetatable ipairs math pairs pcall print rawequal rawget rawlen rawset select setmetatable string table tonumber tostring type utf8 xpcall _G _VERSION'
    for name in pairs(_G) do if not known:find(name, 1, true) then error(name) end end return true`,
  ),
  body('the metatable of texts', 'allowed', 'return getmetatable("") == false'),
  body('setmetatable on a text', 'error', 'setmetatable("", {})'),
  whole('byte code', 'invalidCode', '\x1bLua\x54\x00\x19\x93\r\n\x1a\n'),
  body(
    'an address of a table',
    'allowed',
    'return tostring({}) == "table" and tostring(print) == "function"',
  ),
  body('an address in a format', 'error', 'return string.format("%p", {})'),
  body('an address through %s', 'allowed', 'return string.format("%s%s", {}, print) == "tablefunction"'),
  body(
    'an address through a name',
    'allowed',
    'return tostring(setmetatable({}, { __name = "x" })) == "table"',
  ),
  body('an address in an error', 'error', 'error({})'),
  body('an address through concat', 'error', 'return table.concat({ {} })'),
  body('an address of an argument', 'error', 'return ("x"):rep({})'),
  body('the order of tables as keys', 'error', 'for _ in pairs { [{}] = 1 } do end'),
  body('the order of truths as keys', 'error', 'for _ in pairs { [true] = 1 } do end'),
  body(
    'the order of texts as keys',
    'allowed',
    'local s = "" for k in pairs { b = 1, a = 1, B = 1, [3] = 1, [-1] = 1, ["a\\0"] = 1, ["\\xff"] = 1 } do s = s .. k .. ";" end return s == "-1;3;B;a;a\\0;b;\\xff;"',
  ),
  whole(
    'something left in a global',
    'allowed',
    'n = (n or 0) + 1 return function() m = (m or 0) + 1 return n == 1 and m == 1 end',
  ),
  whole(
    'something left in a library',
    'allowed',
    'local before = string.len string.len = nil return function() return before ~= nil and string.len == nil end',
  ),
  body('the world of texts through their metatable', 'error', 'getmetatable("").__index = nil'),
  body(
    'calls that nest in C',
    'refused',
    'local n = 0 local function f() n = n + 1 return pcall(f) end f() return n',
  ),
  body(
    'errors that are caught one after another',
    'allowed',
    'for i = 1, 2000 do pcall(error, "x") end return true',
  ),
  body('nested brackets', 'allowed', `return ${'('.repeat(150)}true${')'.repeat(150)}`),
  body('too many nested brackets', 'invalidCode', `return ${'('.repeat(250)}true${')'.repeat(250)}`),
  body('too many variables', 'invalidCode', Array.from({ length: 201 }, (_, i) => `local a${i}`).join(' ')),
  body('nested functions', 'invalidCode', 'return function() '.repeat(250)),
];

/** Makes a number that is not whole. */
const FLOATS: readonly Attack[] = [
  body('a float', 'invalidCode', 'return 1.5'),
  body('a float without digits before it', 'invalidCode', 'return .5'),
  body('an exponent', 'invalidCode', 'return 1e3'),
  body('a float in base 16', 'invalidCode', 'return 0x.8p1'),
  body('a numeral that is too long', 'invalidCode', 'return 9223372036854775808'),
  body('the longest numeral', 'allowed', 'return 9223372036854775807 == math.maxinteger'),
  body('division', 'invalidCode', 'return 4 / 2'),
  body('a power', 'invalidCode', 'return 2 ^ 2'),
  body(
    'a float in a long bracket is none',
    'allowed',
    'local s = [==[ 1.5 ]] / ]==] --[[ 1.5 ^ ]] return #s == 10',
  ),
  body('a float after a bracket that looks open', 'invalidCode', 'local t = { [=1 } return 1.5'),
  body('a float after an escaped quote', 'invalidCode', 'local s = "\\"" return 1.5 --"'),
  body('arithmetic with a text', 'error', 'return "1.5" + 1'),
  body('bits of a text', 'error', 'return "1" | 0'),
  body('a text as the start of a for', 'error', 'for i = "1", 2 do end'),
  body('a text as the end of a for', 'error', 'for i = 1, "2" do end'),
  body('a text as the step of a for', 'error', 'for i = 1, 2, "1" do end'),
  body('math.abs of a text', 'error', 'return math.abs("1")'),
  body('math.max of a text', 'error', 'return math.max("1", 2)'),
  body('math.fmod of texts', 'error', 'return math.fmod("3", "2")'),
  body('math.tointeger of a text', 'allowed', 'return math.tointeger("3") == nil'),
  body(
    'tonumber of a float',
    'allowed',
    'return tonumber("1.5") == nil and tonumber("1e1") == nil and tonumber("0x1p4") == nil',
  ),
  body(
    'tonumber of what is no number',
    'allowed',
    'return tonumber("nan") == nil and tonumber("inf") == nil',
  ),
  body(
    'tonumber of a whole number',
    'allowed',
    'return tonumber(" 12 ") == 12 and tonumber("ff", 16) == 255',
  ),
  body('unpacking a float', 'error', 'return string.unpack("d", "12345678")'),
  body('unpacking a number of Lua', 'error', 'return string.unpack("n", "12345678")'),
  body('format of a float', 'error', 'return string.format("%f", 1)'),
  body('format of a float in base 16', 'error', 'return string.format("%a", 1)'),
  body('division by nothing', 'error', 'return 1 // 0'),
  body('remainder of nothing', 'error', 'return 1 % 0'),
  body(
    'the least number by -1',
    'allowed',
    'return math.mininteger // -1 == math.mininteger and math.mininteger % -1 == 0',
  ),
  body('numbers that run over', 'allowed', 'return math.maxinteger + 1 == math.mininteger'),
  body(
    'a variable of that name',
    'allowed',
    'local close = 2 return 1 < close and not (1 << close >= 5) and 1 < close >> 0',
  ),
  body('a variable that closes', 'invalidCode', 'local x <close> = setmetatable({}, {})'),
];

export const ATTACKS: readonly Attack[] = [...TIME, ...SPACE, ...ESCAPES, ...FLOATS];
