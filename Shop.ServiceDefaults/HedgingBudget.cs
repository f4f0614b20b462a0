namespace Shop.ServiceDefaults;

/// <summary>
/// Limits the reads of one client that are sent again, so that a service whose replicas are all slow does not get a multiple of its load:
/// one for ten reads that were answered without, and 100 that are saved for the moment in which a replica begins to hang.
/// </summary>
internal sealed class HedgingBudget
{
    private const int MaxSaved = 100;
    private const int ReadsForOne = 10;

    // In answered reads.
    private int _balance = MaxSaved * ReadsForOne;

    /// <summary>Takes one request from the budget; <see langword="false"/> if nothing is left.</summary>
    public bool TryTake()
    {
        if (Interlocked.Add(ref _balance, -ReadsForOne) >= 0)
        {
            return true;
        }

        Interlocked.Add(ref _balance, ReadsForOne);
        return false;
    }

    /// <summary>Adds a read that was answered without being sent again.</summary>
    public void Add()
    {
        if (Volatile.Read(ref _balance) < MaxSaved * ReadsForOne)
        {
            Interlocked.Increment(ref _balance);
        }
    }
}
