using Npgsql;

namespace Shop.Insights.Data;

/// <summary>
/// The advisory locks of the database: arbitrary numbers that all replicas share. Each one is for one purpose, so that two purposes do not
/// wait for each other. 1510_0001 is that of the migrations, in <c>Shop.Data</c>.
/// </summary>
internal static class AdvisoryLocks
{
    public const long EventPartitions = 1510_0002;
    public const long SpanPartitions = 1510_0003;
    public const long Reconciliation = 1510_0004;
    public const long Alerts = 1510_0005;
    public const long SessionBlocks = 1510_0006;
    public const long MissingIds = 1510_0008;

    /// <summary>The first of two keys. The second one is the Alertmanager.</summary>
    public const long Alertmanagers = 1510_0007;

    /// <summary>Takes a lock until the transaction of the connection ends.</summary>
    /// <returns>Whether no other replica has it.</returns>
    public static async Task<bool> TryLockAsync(this NpgsqlConnection connection, long key, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand("SELECT pg_try_advisory_xact_lock($1)", connection);
        command.Parameters.Add(new() { Value = key });
        return (bool)(await command.ExecuteScalarAsync(cancellationToken))!;
    }
}
