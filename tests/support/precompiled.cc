// The program that the precompiled headers belong to; it does nothing.
int main() { return 0; }
