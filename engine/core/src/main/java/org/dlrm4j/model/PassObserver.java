package org.dlrm4j.model;

/**
 * Told by every thread where it is in a pass, to take times. Calls stand between operators, never within one; without an
 * observer nothing is called. Must be thread-safe for different threads, and should not allocate.
 */
public interface PassObserver {
    /**
     * A thread begins with a stretch of operators.
     *
     * @param thread its number
     */
    void begin(int thread);

    /**
     * A thread has finished one operator, and goes on with the next.
     *
     * @param phase what was done
     * @param number of the layer in {@link Network#operators} in the phases of layers, of the table in {@link Network#lookups}
     *     in {@link PassPhase#TABLES}, of the parameter in {@link Network#parameters} in {@link PassPhase#PARAMETERS}; 0 for the loss
     * @param thread the thread's number
     */
    void end(PassPhase phase, int number, int thread);
}
