-- A token of which there are never more than a cap.
--
--   S cap issued   the supply; its lock is the issuer's
--   C amount       coins; their lock is the owner's
--
-- Coins come to be only beside the supply, which counts them. A supply takes a token of this module's Module cell with the
-- payload `open`: its owner could open a second one, and everybody would see it on the chain.

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

-- Sums stay far below 2^63.
local MAX_AMOUNT = 1 << 48

local function amount_at(data, at)
  local amount = string.unpack('>I8', data, at)
  need(amount >= 0 and amount <= MAX_AMOUNT, 'an amount beyond 2^48')
  return amount
end

local function supply_of(cell)
  need(#cell.data == 17, 'a supply is S and two amounts')
  need(cell.lock and not cell.recipient, 'the supply belongs to somebody')
  return amount_at(cell.data, 2), amount_at(cell.data, 10)
end

local function sum(sides)
  local total = 0
  for _, side in ipairs(sides or {}) do
    local cell = side.cell
    need(#cell.data == 9, 'coins are C and an amount')
    need(cell.lock, 'coins belong to somebody')
    local amount = amount_at(cell.data, 2)
    need(amount > 0, 'coins are at least one')
    total = total + amount
  end
  return total
end

local function move(spent, made)
  need(sum(made.C) <= sum(spent.C), 'coins of nothing')
end

local function issue(spent, made)
  local cap, issued = supply_of(one(spent.S))
  local next_cap, next_issued = supply_of(one(made.S))
  need(next_cap == cap, 'the cap stays as it is')
  need(next_issued <= cap, 'beyond the cap')
  need(next_issued - issued == sum(made.C) - sum(spent.C), 'the supply counts other coins')
end

local function open(_, made)
  local _, issued = supply_of(one(made.S))
  need(issued == 0, 'a supply begins at zero')
end

local rules = {
  ['0:Topen>S'] = open,
  -- The supply gets another owner.
  ['S>S'] = issue,
  ['S>CS'] = issue,
  ['CS>CS'] = issue,
  -- Coins that are destroyed here can be issued again.
  ['CS>S'] = issue,
  ['C>C'] = move,
  ['C>'] = move,
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
