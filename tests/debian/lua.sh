# Lua: tables, strings, coroutines, files and processes.
cat >t.lua <<'END'
local words = {}
for w in ("the quick brown fox jumps over the lazy dog"):gmatch("%a+") do words[#words + 1] = w end
table.sort(words); print(table.concat(words, " "))
local function fib(n) if n < 2 then return n end return fib(n - 1) + fib(n - 2) end
print(fib(22), 2^53, 7 // 2, 7 % -3, 1 << 40, math.pi)
local co = coroutine.wrap(function() for i = 1, 3 do coroutine.yield(i * i) end end)
print(co(), co(), co())
local f = assert(io.open("data", "w")); for i = 1, 10000 do f:write(i, "\n") end f:close()
local sum = 0; for line in io.lines("data") do sum = sum + tonumber(line) end; print(sum)
f = io.open("data", "rb"); print(f:seek("end"), f:seek("set", 5), f:read(4), f:read("n")); f:close()
local p = io.popen("seq 5 | tac", "r"); print((p:read("a"):gsub("\n", " "))); print(p:close())
print(os.execute("exit 3")); print(os.getenv("HOME") ~= nil, os.rename("data", "moved"), os.remove("moved"), select(2, os.remove("moved")))
print(select(2, pcall(error, {code = 1})).code); print(select("#", table.unpack({1, nil, 3}, 1, 3)))
print(string.format("%5.2f|%-5s|%q|%x", 3.14159, "ab", "a\nb", 255), ("x"):rep(3, ","), os.date("!%Y-%m-%d", 0))
local t = setmetatable({}, {__index = function(_, k) return k .. "!" end, __call = function(_, a) return a + 1 end}); print(t.hi, t(41))
collectgarbage(); local before = collectgarbage("count"); do local junk = {}; for i = 1, 1e5 do junk[i] = {i} end end
collectgarbage(); print(collectgarbage("count") < before + 100, string.pack("<i4", 1):byte(1, -1))
print(utf8.char(228, 8364), utf8.len("äöü"), #"äöü")
END
lua5.4 t.lua; luac5.4 -o t.luac t.lua && lua5.4 t.luac | md5sum; echo 'print(1+1)' | lua5.4 -; lua5.4 -e 'os.exit(7)'; echo "$?"
