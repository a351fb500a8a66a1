/**
 * {@code dlrm compare}: models trained on the same data under equal budgets, the search of their settings, and the reports.
 * What other commands need as well stays in {@code org.dlrm4j.cli}.
 */
package org.dlrm4j.cli.compare;
