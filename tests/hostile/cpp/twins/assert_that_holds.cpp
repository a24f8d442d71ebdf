// trick: asserts what is true
#include <bits/stdc++.h>
using namespace std;
long long add(long long a, long long b) { assert(a + b == b + a); return a + b; }
