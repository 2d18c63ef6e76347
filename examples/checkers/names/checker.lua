-- A registry of names: each has one owner, who can give it away, and it ends unless it is renewed.
--
--   G from to            between these two names there is none; '' is the beginning, and the end
--   N name term expires  a name; nobody's lock
--   D name term          its deed; who opens its lock is the owner, as long as the name has this term
--   H                    shows a height: it was created at one
--
-- A checker sees one group and no other cells, so it cannot look whether a name is taken. The gap proves that it is free:
-- there is one gap for each place in the order of names, and a new name takes it and leaves two.
--
-- A checker does not know in which block it runs either. A height that is shown is one that has passed: a name holds
-- PERIOD blocks from there, and with a height after its end somebody else can have it, under the next term.

local function need(condition, why)
  if not condition then error(why, 2) end
end

-- Cells by their first letter; those of other modules by module and data: '0:Topen' is a token of this module's owner.
local function add(cells, side, module_id)
  if not side then return end
  local cell = side.cell
  local kind = cell.module_id == module_id and string.sub(cell.data, 1, 1) or cell.module_id .. ':' .. cell.data
  cells[kind] = cells[kind] or {}
  table.insert(cells[kind], side)
end

local function kinds(cells)
  local found = {}
  for kind in pairs(cells) do table.insert(found, kind) end
  return table.concat(found)
end

local function one(sides)
  need(#sides == 1, 'one cell of a kind, where there are ' .. #sides)
  return sides[1].cell, sides[1].height
end

local PERIOD = 10000
local MAX_NAME = 32

local function require_free(cell, what)
  need(not cell.lock and not cell.recipient, what .. ' has no lock and no recipient')
end

local function gap_of(cell)
  require_free(cell, 'a gap')
  local from, to, rest = string.unpack('>s1s1', cell.data, 2)
  need(rest == #cell.data + 1, 'a gap is G and two names')
  return from, to
end

local function name_of(cell)
  require_free(cell, 'a name')
  local name, term, expires, rest = string.unpack('>s1I4I8', cell.data, 2)
  need(rest == #cell.data + 1, 'a name is N, the name, a term and a height')
  return name, term, expires
end

local function deed_of(cell)
  need(cell.lock and not cell.recipient, 'a deed belongs to somebody')
  local name, term, rest = string.unpack('>s1I4', cell.data, 2)
  need(rest == #cell.data + 1, 'a deed is D, the name and a term')
  return name, term
end

local function require_name(cell, name, term, expires)
  local its, its_term, its_expires = name_of(cell)
  need(its == name, 'it is another name')
  need(its_term == term, 'the term is another one')
  need(its_expires == expires, 'a name holds ' .. PERIOD .. ' blocks from the height that is shown')
end

local function require_deed(cell, name, term)
  local its, its_term = deed_of(cell)
  need(its == name and its_term == term, 'the deed is for another name or term')
end

local function open(_, made)
  local from, to = gap_of(one(made.G))
  need(from == '' and to == '', 'the first gap is between nothing and nothing')
end

local function register(spent, made)
  local from, to = gap_of(one(spent.G))
  local _, now = one(spent.H)
  local name = name_of(one(made.N))
  need(#name <= MAX_NAME and string.match(name, '^[a-z0-9][a-z0-9-]*$'), 'not a name')
  need(from < name and (to == '' or name < to), 'the name is not in the gap')
  need(#made.G == 2, 'a name leaves two gaps')
  local below_from, below_to = gap_of(made.G[1].cell)
  local above_from, above_to = gap_of(made.G[2].cell)
  need(below_from == from and below_to == name, 'the first gap ends at the name')
  need(above_from == name and above_to == to, 'the second gap begins at the name')
  require_name(one(made.N), name, 1, now + PERIOD)
  require_deed(one(made.D), name, 1)
end

local function transfer(spent, made)
  require_deed(one(made.D), deed_of(one(spent.D)))
end

-- The owner, by the deed.
local function renew(spent, made)
  local name, term, expires = name_of(one(spent.N))
  local _, now = one(spent.H)
  need(now + PERIOD >= expires, 'it holds longer already')
  require_deed(one(spent.D), name, term)
  require_deed(one(made.D), name, term)
  require_name(one(made.N), name, term, now + PERIOD)
end

-- Anybody, after its end.
local function take(spent, made)
  local name, term, expires = name_of(one(spent.N))
  local _, now = one(spent.H)
  need(now >= expires, 'the name has not ended')
  require_deed(one(made.D), name, term + 1)
  require_name(one(made.N), name, term + 1, now + PERIOD)
end

local function show(_, made)
  local cell = one(made.H)
  need(#cell.data == 1 and not cell.recipient, 'it shows nothing but its height')
end

local function anything() end

local rules = {
  ['0:Topen>G'] = open,
  ['GH>DGN'] = register,
  ['D>D'] = transfer,
  ['DHN>DN'] = renew,
  ['HN>DN'] = take,
  ['>H'] = show,
  -- Their locks are the chain's business.
  ['H>'] = anything,
  ['D>'] = anything,
}

return function(group, module_id)
  local spent, made = {}, {}
  for _, operation in ipairs(group) do
    add(spent, operation.input, module_id)
    add(made, operation.output, module_id)
  end
  local form = kinds(spent) .. '>' .. kinds(made)
  local rule = rules[form]
  if not rule then return false, 'no rule for ' .. form end
  rule(spent, made)
  return true
end
