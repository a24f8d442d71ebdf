// trick: keeps what it computed
#include <map>
#include <utility>
static std::map<std::pair<int, int>, int> known;
int add(int a, int b) { auto [at, fresh] = known.try_emplace({a, b}, a + b); return at->second; }
