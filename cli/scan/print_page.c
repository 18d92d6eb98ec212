#include "scan/printer.h"
const struct scan_printer scan_printer_page = { 0 };
