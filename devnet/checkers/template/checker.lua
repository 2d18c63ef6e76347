-- A cell of points: 'P', then how many as 8 bytes. The owner is its lock.
local MAX_POINTS = 1000000000000

local function points(cell)
  if #cell.data ~= 9 or string.sub(cell.data, 1, 1) ~= 'P' then error('a cell that holds no points') end
  local amount = string.unpack('>I8', cell.data, 2)
  if amount < 1 or amount > MAX_POINTS then error('not 1 to ' .. MAX_POINTS .. ' points') end
  return amount
end

-- The chain let the token be made only with the signature of the module's owner.
local function is_token(cell)
  return cell.module_id == 0 and string.sub(cell.data, 1, 1) == 'T'
end

return function(group, module_id)
  local before, after, authorised = 0, 0, false
  for _, operation in ipairs(group) do
    local input, output = operation.input, operation.output
    if input and is_token(input.cell) then
      authorised = true
    elseif input then
      before = before + points(input.cell)
    end
    if output then
      if not output.cell.lock then return false, 'points belong to somebody' end
      after = after + points(output.cell)
    end
  end
  if after > before and not authorised then return false, 'points of nothing' end
  return true
end
