-- A vote: one ballot, one vote, and it ends at a height.
--
--   P closes yes no late   the poll; nobody's lock, so that anybody can count
--   B amount               ballots; their lock is the owner's, and they can change hands until they vote
--   V choice amount        votes, y or n; nobody's lock, and nothing but a count takes them
--   R closes yes no late   the result
--   H                      shows a height: it was created at one
--
-- A checker does not know in which block it runs. So everybody votes at any time, and the count tells by the height of a vote
-- whether it came in time. There are COUNTING blocks for counting; who counts gets the capacity of the votes.

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

local COUNTING = 100
local MAX_BALLOTS = 1 << 48

local function amount_at(data, at)
  local amount = string.unpack('>I8', data, at)
  need(amount > 0 and amount <= MAX_BALLOTS, 'not 1 to 2^48 ballots')
  return amount
end

local function ballots(sides)
  local total = 0
  for _, side in ipairs(sides or {}) do
    local cell = side.cell
    need(#cell.data == 9, 'ballots are B and an amount')
    need(cell.lock and not cell.recipient, 'ballots belong to somebody')
    total = total + amount_at(cell.data, 2)
  end
  return total
end

local function vote_of(cell)
  need(#cell.data == 10, 'a vote is V, a choice and an amount')
  need(not cell.lock and not cell.recipient, 'a vote has no lock and no recipient')
  local choice = string.sub(cell.data, 2, 2)
  need(choice == 'y' or choice == 'n', 'a vote is y or n')
  return choice, amount_at(cell.data, 3)
end

local function poll_of(cell)
  need(#cell.data == 33, 'a poll is a letter and four numbers')
  need(not cell.lock and not cell.recipient, 'a poll has no lock and no recipient')
  local closes, yes, no, late = string.unpack('>I8I8I8I8', cell.data, 2)
  return { closes = closes, y = yes, n = no, late = late }
end

local function becomes(before, after, letter, it)
  local data = letter .. string.pack('>I8I8I8I8', it.closes, it.y, it.n, it.late)
  need(after.data == data, 'the poll becomes something else')
  need(not after.lock and not after.recipient, 'a poll has no lock and no recipient')
  need(after.capacity == before.capacity, 'the poll keeps its capacity')
end

local function open(_, made)
  local it = poll_of(one(made.P))
  need(it.closes > 0 and it.y == 0 and it.n == 0 and it.late == 0, 'a poll begins at zero')
  ballots(made.B)
end

local function move(spent, made)
  need(ballots(made.B) <= ballots(spent.B), 'ballots of nothing')
end

local function vote(spent, made)
  local cast = 0
  for _, side in ipairs(made.V) do
    local _, amount = vote_of(side.cell)
    cast = cast + amount
  end
  need(cast + ballots(made.B) <= ballots(spent.B), 'votes without ballots')
end

local function count(spent, made)
  local poll = one(spent.P)
  local it = poll_of(poll)
  for _, side in ipairs(spent.V) do
    local choice, amount = vote_of(side.cell)
    local row = side.height < it.closes and choice or 'late'
    it[row] = it[row] + amount
  end
  becomes(poll, one(made.P), 'P', it)
end

local function close(spent, made)
  local poll = one(spent.P)
  local _, now = one(spent.H)
  local it = poll_of(poll)
  need(now >= it.closes + COUNTING, 'votes can still be counted')
  becomes(poll, one(made.R), 'R', it)
end

local function show(_, made)
  local cell = one(made.H)
  need(#cell.data == 1 and not cell.recipient, 'it shows nothing but its height')
end

local function anything() end

local rules = {
  ['0:Topen>BP'] = open,
  ['B>B'] = move,
  ['B>'] = move,
  ['B>V'] = vote,
  ['B>BV'] = vote,
  ['PV>P'] = count,
  ['HP>R'] = close,
  ['>H'] = show,
  -- Its lock is the chain's business.
  ['H>'] = anything,
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
