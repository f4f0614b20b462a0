using Npgsql;
using Shop.Insights.Data;
using Shop.Telemetry.Events;
using Shop.Telemetry.Sampling.CriticalRoutes.Accepted;

namespace Shop.Insights.CriticalRoutes;

/// <summary>Stores the candidates that staff have accepted, and the version of their list, in the database.</summary>
internal sealed class AcceptedRouteStore(InsightsDbContext db, TimeProvider time, AuditLog audit)
{
    // The number of withdrawn routes that are listed.
    private const int MaxWithdrawn = 50;

    /// <summary>Returns the routes that are in effect, and the latest ones that were withdrawn.</summary>
    public async Task<IReadOnlyList<AcceptedRouteView>> ListAsync(CancellationToken cancellationToken)
    {
        await using var command = await CreateCommandAsync(
            $"""
            (SELECT id, name, page, event, accepted_at, accepted_by, withdrawn_at, withdrawn_by
            FROM accepted_critical_routes WHERE withdrawn_at IS NULL ORDER BY accepted_at DESC, id)
            UNION ALL
            (SELECT id, name, page, event, accepted_at, accepted_by, withdrawn_at, withdrawn_by
            FROM accepted_critical_routes WHERE withdrawn_at IS NOT NULL ORDER BY withdrawn_at DESC, id LIMIT {MaxWithdrawn})
            """,
            cancellationToken);
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var routes = new List<AcceptedRouteView>();
        while (await reader.ReadAsync(cancellationToken))
        {
            routes.Add(new(
                reader.GetGuid(0), reader.GetString(1), GetText(reader, 2), GetText(reader, 3),
                new DateTimeOffset(reader.GetDateTime(4), TimeSpan.Zero), reader.GetString(5),
                reader.IsDBNull(6) ? null : new DateTimeOffset(reader.GetDateTime(6), TimeSpan.Zero), GetText(reader, 7)));
        }

        return routes;
    }

    /// <summary>Returns the routes that are in effect, for the services.</summary>
    public async Task<AcceptedRoutes> GetAsync(CancellationToken cancellationToken)
    {
        // One statement, and so one state: the version belongs to the routes.
        await using var command = await CreateCommandAsync(
            """
            SELECT s.version, r.name, r.page, r.event
            FROM accepted_critical_routes_state s LEFT JOIN accepted_critical_routes r ON r.withdrawn_at IS NULL
            ORDER BY r.name
            """,
            cancellationToken);
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var (version, routes) = (0L, new List<AcceptedRoute>());
        while (await reader.ReadAsync(cancellationToken))
        {
            version = reader.GetInt64(0);
            if (!reader.IsDBNull(1))
            {
                routes.Add(new(reader.GetString(1), GetText(reader, 2), GetText(reader, 3)));
            }
        }

        return new(version, routes);
    }

    /// <summary>Accepts a page or an event.</summary>
    /// <param name="page">The route of the page; null for an event.</param>
    /// <param name="event">The name of the event; null for a page.</param>
    /// <param name="subject">Who accepts it.</param>
    /// <param name="cancellationToken">Cancels the operation.</param>
    /// <returns>Whether it is in effect; false if <see cref="AcceptedRoutes.MaxCount"/> others are.</returns>
    public async Task<bool> AcceptAsync(string? page, string? @event, string subject, CancellationToken cancellationToken)
    {
        await using var transaction = await BeginChangeAsync(cancellationToken);
        var routes = (await GetAsync(cancellationToken)).Routes;
        if (routes.Any(route => route.Page == page && route.Event == @event))
        {
            return true;
        }

        if (routes.Count >= AcceptedRoutes.MaxCount)
        {
            return false;
        }

        var accepted = AcceptedRoute.Create(
            page, @event, name => routes.Any(route => route.Name.Equals(name, StringComparison.OrdinalIgnoreCase)));
        await using (var command = await CreateCommandAsync(
            """
            INSERT INTO accepted_critical_routes (id, name, page, event, accepted_at, accepted_by)
            VALUES (@id, @name, @page, @event, @now, @subject)
            """,
            cancellationToken,
            ("id", Guid.CreateVersion7()), ("name", accepted.Name), ("page", page), ("event", @event),
            ("now", time.GetUtcNow().UtcDateTime), ("subject", subject)))
        {
            await command.ExecuteNonQueryAsync(cancellationToken);
        }

        await EndChangeAsync(transaction, cancellationToken);
        audit.CriticalRouteAccepted(accepted.Name, page ?? @event!);
        return true;
    }

    /// <summary>Withdraws an accepted route. One that is not in effect stays as it is.</summary>
    /// <param name="id">The id of the route.</param>
    /// <param name="subject">Who withdraws it.</param>
    /// <param name="cancellationToken">Cancels the operation.</param>
    public async Task WithdrawAsync(Guid id, string subject, CancellationToken cancellationToken)
    {
        await using var transaction = await BeginChangeAsync(cancellationToken);
        await using var command = await CreateCommandAsync(
            """
            UPDATE accepted_critical_routes SET withdrawn_at = @now, withdrawn_by = @subject WHERE id = @id AND withdrawn_at IS NULL
            RETURNING name, coalesce(page, event)
            """,
            cancellationToken,
            ("id", id), ("now", time.GetUtcNow().UtcDateTime), ("subject", subject));
        string name, route;
        await using (var reader = await command.ExecuteReaderAsync(cancellationToken))
        {
            if (!await reader.ReadAsync(cancellationToken))
            {
                return;
            }

            (name, route) = (reader.GetString(0), reader.GetString(1));
        }

        await EndChangeAsync(transaction, cancellationToken);
        audit.CriticalRouteWithdrawn(name, route);
    }

    // Locks the row of the version. Concurrent changes could exceed the maximum number of routes, or share a version.
    private async Task<NpgsqlTransaction> BeginChangeAsync(CancellationToken cancellationToken)
    {
        var transaction = await (await db.OpenAsync(cancellationToken)).BeginTransactionAsync(cancellationToken);
        await using var command = await CreateCommandAsync("SELECT FROM accepted_critical_routes_state FOR UPDATE", cancellationToken);
        try
        {
            await command.ExecuteNonQueryAsync(cancellationToken);
        }
        catch (PostgresException exception) when (exception.SqlState == PostgresErrorCodes.ReadOnlySqlTransaction)
        {
            // After a failover, the pooled connections may lead to a server that has become read-only.
            NpgsqlConnection.ClearPool(transaction.Connection!);
            throw;
        }

        return transaction;
    }

    // The version is a time in milliseconds, so that it increases also when an older backup was restored.
    private async Task EndChangeAsync(NpgsqlTransaction transaction, CancellationToken cancellationToken)
    {
        await using var command = await CreateCommandAsync(
            "UPDATE accepted_critical_routes_state SET version = greatest(version + 1, @now)",
            cancellationToken,
            ("now", time.GetUtcNow().ToUnixTimeMilliseconds()));
        await command.ExecuteNonQueryAsync(cancellationToken);
        await transaction.CommitAsync(cancellationToken);
    }

    private async Task<NpgsqlCommand> CreateCommandAsync(
        string sql, CancellationToken cancellationToken, params (string Name, object? Value)[] parameters) =>
        (await db.OpenAsync(cancellationToken)).CreateCommand(sql, parameters);

    private static string? GetText(NpgsqlDataReader reader, int column) => reader.IsDBNull(column) ? null : reader.GetString(column);
}
