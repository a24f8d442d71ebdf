function has_close_elements(numbers, threshold) {
  const ordered = [...numbers].sort((a, b) => a - b);
  return ordered.slice(1).some((n, i) => n - ordered[i] < threshold);
}
