/**
 * What runs in a new state before any code of a checker: it builds the world that checkers see, out of Lua's libraries.
 * It returns the message handler and that world. Frozen with the program: what it does costs fuel.
 *
 * Gone are what reads the outside (io, os, require, load), what shows addresses or the order of a hash (next, tostring of a
 * table, %p), what depends on the collector (collectgarbage, __gc, __mode), what makes floats, and coroutines, which would have
 * a depth of their own.
 */
export const PRELUDE = String.raw`
collectgarbage('stop')
local next, type, error, tostring0, tonumber0 = next, type, error, tostring, tonumber
local rawget, mtype, sort, concat, pack, unpack = rawget, math.type, table.sort, table.concat, table.pack, table.unpack
local find, gmatch, format0 = string.find, string.gmatch, string.format
local getmetatable0, setmetatable0, traceback = debug.getmetatable, setmetatable, debug.traceback
local emit = print

local function bad(number, name, wanted, value)
  error("bad argument #" .. number .. " to '" .. name .. "' (" .. wanted .. " expected, got " .. type(value) .. ")", 3)
end

-- Whole numbers ascending, then texts by their bytes; keys that come while it runs are not met.
local function pairs(t)
  if type(t) ~= 'table' then bad(1, 'pairs', 'table', t) end
  local keys, texts, n, m = {}, {}, 0, 0
  for key in next, t do
    if mtype(key) == 'integer' then n = n + 1 keys[n] = key
    elseif type(key) == 'string' then m = m + 1 texts[m] = key
    else error("pairs: a key that is a " .. type(key) .. " has no place in an order", 2) end
  end
  sort(keys)
  sort(texts)
  for i = 1, m do keys[n + i] = texts[i] end
  local at = 0
  return function(t)
    while true do
      at = at + 1
      local key = keys[at]
      if key == nil then return nil end
      local value = rawget(t, key)
      if value ~= nil then return key, value end
    end
  end, t, nil
end

local PLAIN = { ['nil'] = true, boolean = true, number = true, string = true }
local function tostring(value)
  local kind = type(value)
  if PLAIN[kind] then return tostring0(value) end
  local meta = getmetatable0(value)
  local how = meta and rawget(meta, '__tostring')
  if how == nil then return kind end
  local text = how(value)
  if type(text) ~= 'string' then error("'__tostring' must return a string", 2) end
  return text
end

local function tonumber(value, base)
  local number
  if base == nil then number = tonumber0(value) else number = tonumber0(value, base) end
  if mtype(number) == 'integer' then return number end
  return nil
end

local function setmetatable(t, meta)
  if type(meta) == 'table' then
    for _, name in ipairs { '__gc', '__mode', '__close' } do
      if rawget(meta, name) ~= nil then error("setmetatable: " .. name .. " is not there", 2) end
    end
  end
  return setmetatable0(t, meta)
end

local function print(...)
  local parts = pack(...)
  for i = 1, parts.n do parts[i] = tostring(parts[i]) end
  emit(concat(parts, '\t', 1, parts.n))
end

local function format(how, ...)
  if type(how) ~= 'string' then bad(1, 'format', 'string', how) end
  local values, n = pack(...), 0
  for flags, conversion in gmatch(how, '%%([^%a%%]*)([%a%%])') do
    if conversion ~= '%' then
      n = n + 1
      if not find('cdiosqxX', conversion, 1, true) then
        error("format: the conversion '%" .. conversion .. "' is not there", 2)
      end
      if conversion == 's' and n <= values.n then values[n] = tostring(values[n]) end
    end
  end
  return format0(how, unpack(values, 1, values.n))
end

local function whole(name)
  local inner = string[name]
  return function(how, ...)
    if type(how) ~= 'string' then bad(1, name, 'string', how) end
    if find(how, '[fdn]') then error(name .. ": floats are not there", 2) end
    return inner(how, ...)
  end
end

local function only(library, names)
  local chosen = {}
  for name in gmatch(names, '%w+') do
    chosen[name] = library[name]
  end
  return chosen
end

local world = only(_G, 'assert error getmetatable ipairs pcall rawequal rawget rawlen rawset select type xpcall')
world._G = world
world._VERSION = _VERSION
world.pairs, world.print, world.setmetatable = pairs, print, setmetatable
world.tonumber, world.tostring = tonumber, tostring
world.math = only(math, 'abs fmod max maxinteger min mininteger tointeger type ult')
world.string = only(string, 'byte char find gmatch gsub len lower match rep reverse sub upper')
world.string.format = format
world.string.pack, world.string.packsize, world.string.unpack = whole 'pack', whole 'packsize', whole 'unpack'
world.table = only(table, 'concat insert move pack remove sort unpack')
world.utf8 = only(utf8, 'char charpattern codepoint codes len offset')

-- ("x"):rep(2) goes through the same functions, and arithmetic with texts, which may make floats, goes.
local texts = getmetatable0('')
for key in next, texts do texts[key] = nil end
texts.__index = world.string
texts.__metatable = false

return function(problem)
  return traceback(tostring(problem), 2)
end, world
`;
