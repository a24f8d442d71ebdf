// trick: return more than may cross
// verdict: failed
// because: 
// under: calls
#include <string>
std::string add(int, int) { return std::string(40 << 20, 'x'); }
