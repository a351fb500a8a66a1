/** Figures, drawn once for a page and once as images, and the pages they stand in: HTML that needs nothing but itself. */
package org.dlrm4j.cli.plot;
