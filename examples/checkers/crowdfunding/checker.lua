-- A crowdfunding: by its deadline it reaches its goal, and the beneficiary gets the pledges; or each goes back.
--
--   O goal deadline raised last beneficiary   the campaign while it is open; nobody's lock, so that anybody can pledge
--   S, F and the same                         it succeeded, it failed
--   P backer                                  a pledge of its capacity; nobody's lock, the rules below hold it
--   W                                         capacity to withdraw, under the lock of who gets it
--   H                                         shows a height: it was created at one
--
-- A checker does not know in which block it runs. It knows in which block each input was created, so it can tell afterwards
-- what came too late. One pledge can come too late and be counted: the one in `last`. After it the campaign itself was
-- created too late, and takes no more.

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

-- More than the cell takes with which it is paid back.
local MIN_PLEDGE = 250
local MAX_GOAL = 1 << 48

local function campaign_of(cell)
  need(#cell.data == 53, 'a campaign is a letter, four numbers and a lock')
  need(not cell.lock and not cell.recipient, 'a campaign has no lock and no recipient')
  local goal, deadline, raised, last, beneficiary = string.unpack('>I8I8I8I8c20', cell.data, 2)
  return { goal = goal, deadline = deadline, raised = raised, last = last, beneficiary = beneficiary }
end

local function data_of(letter, it)
  return letter .. string.pack('>I8I8I8I8c20', it.goal, it.deadline, it.raised, it.last, it.beneficiary)
end

local function backer_of(cell)
  need(#cell.data == 21, 'a pledge is P and a lock')
  need(not cell.lock and not cell.recipient, 'a pledge has no lock and no recipient')
  return string.sub(cell.data, 2)
end

-- The campaign after a rule: it keeps its capacity, which is nobody's.
local function becomes(before, after, data)
  need(after.data == data, 'the campaign becomes something else')
  need(not after.lock and not after.recipient, 'a campaign has no lock and no recipient')
  need(after.capacity == before.capacity, 'the campaign keeps its capacity')
end

local function pays(made, owner, capacity)
  local cell = one(made.W)
  need(#cell.data == 1 and cell.lock == owner and not cell.recipient, 'it goes to somebody else')
  need(cell.capacity >= capacity, 'it is less than what was pledged')
end

local function open(_, made)
  local it = campaign_of(one(made.O))
  need(it.goal > 0 and it.goal <= MAX_GOAL, 'no goal')
  need(it.deadline > 0, 'no deadline')
  need(it.raised == 0 and it.last == 0, 'a campaign begins at zero')
end

local function pledge(spent, made)
  local campaign, height = one(spent.O)
  local it = campaign_of(campaign)
  local cell = one(made.P)
  backer_of(cell)
  need(height < it.deadline, 'the last pledge came too late already')
  need(cell.capacity >= MIN_PLEDGE, 'a pledge is too small to be paid back')
  it.raised, it.last = it.raised + cell.capacity, cell.capacity
  becomes(campaign, one(made.O), data_of('O', it))
end

local function decide(letter)
  return function(spent, made)
    local campaign, touched = one(spent.O)
    local _, now = one(spent.H)
    local it = campaign_of(campaign)
    need(now >= it.deadline, 'the deadline is not over')
    local in_time = touched < it.deadline and it.raised or it.raised - it.last
    need((in_time >= it.goal) == (letter == 'S'), 'it came out otherwise')
    becomes(campaign, one(made[letter]), data_of(letter, it))
  end
end

-- Pledges that came in time go to the beneficiary.
local function collect(spent, made)
  local campaign = one(spent.S)
  local it = campaign_of(campaign)
  local total = 0
  for _, side in ipairs(spent.P) do
    need(side.height < it.deadline, 'a pledge that came too late is its backer\'s')
    total = total + side.cell.capacity
  end
  becomes(campaign, one(made.S), campaign.data)
  pays(made, it.beneficiary, total)
end

-- A pledge goes back to its backer.
local function refund(spent, made)
  local letter = spent.F and 'F' or 'S'
  local campaign = one(spent[letter])
  local cell = one(spent.P)
  becomes(campaign, one(made[letter]), campaign.data)
  pays(made, backer_of(cell), cell.capacity)
end

-- Of a campaign that succeeded, only a pledge that came too late goes back.
local function succeeded(spent, made)
  local late = spent.P[1].height >= campaign_of(one(spent.S)).deadline
  local rule = late and refund or collect
  rule(spent, made)
end

local function show(_, made)
  local cell = one(made.H)
  need(#cell.data == 1 and not cell.recipient, 'it shows nothing but its height')
end

local function anything() end

local rules = {
  ['0:Topen>O'] = open,
  ['O>OP'] = pledge,
  ['HO>S'] = decide('S'),
  ['HO>F'] = decide('F'),
  ['PS>SW'] = succeeded,
  ['FP>FW'] = refund,
  ['>H'] = show,
  -- Their locks are the chain's business.
  ['H>'] = anything,
  ['W>'] = anything,
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
