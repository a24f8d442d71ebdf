// trick: answer from a thread
// verdict: runtime-error
// because: thread constructor failed
#include <thread>
int add(int a, int b) { int sum = 0; std::thread([&] { sum = a + b; }).join(); return sum; }
