using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;
using OpenTelemetry;
using Shop.Data.PersonalData;
using Shop.Orders.Data;
using Shop.Telemetry.Hosting;

namespace Shop.Orders.Recipients;

/// <summary>
/// Re-encrypts recipients from older keys to the current key, in batches, without downtime. The worker keeps checking, because a replica
/// that is not restarted yet may still encrypt with an older key. A key can be removed when no recipient uses it.
/// </summary>
internal sealed class RecipientReencryptionWorker(
    IServiceScopeFactory scopes,
    PersonalDataProtector protector,
    IOptions<RecipientOptions> options,
    TimeProvider time,
    IHostEnvironment host,
    ILogger<RecipientReencryptionWorker> log)
    : PeriodicWorker(options.Value.ReencryptionInterval, time, host, runAtStart: true)
{
    private const int BatchSize = 100;

    protected override async Task RunAsync(CancellationToken cancellationToken)
    {
        await using var scope = scopes.CreateAsyncScope();
        var db = scope.ServiceProvider.GetRequiredService<OrdersDbContext>();
        var recipients = scope.ServiceProvider.GetRequiredService<RecipientProtector>();

        var keysInUse = await GetKeysInUseAsync(db, cancellationToken);
        if (keysInUse.Except(protector.KeyIds).ToArray() is { Length: > 0 } missingKeys)
        {
            log.RecipientKeysMissing(missingKeys);
        }

        foreach (var oldKey in keysInUse.Intersect(protector.KeyIds).Where(key => key != protector.CurrentKeyId))
        {
            using var activity = ActivitySource.StartActivity("re-encrypt recipients");
            var total = 0;
            while (await ReencryptBatchAsync(db, recipients, oldKey, cancellationToken) is > 0 and var count)
            {
                total += count;
            }

            log.RecipientsReencrypted(total, oldKey, protector.CurrentKeyId);
        }
    }

    protected override void OnError(Exception exception) => log.RecipientReencryptionFailed(exception);

    internal static async Task<List<string>> GetKeysInUseAsync(OrdersDbContext db, CancellationToken cancellationToken)
    {
        using var suppression = SuppressInstrumentationScope.Begin();
        // A loose index scan (https://wiki.postgresql.org/wiki/Loose_indexscan): "select distinct" would read every order.
        return await db.Database.SqlQuery<string>(
            $"""
             with recursive keys as (
                 (select recipient_key from orders order by recipient_key limit 1)
                 union all
                 select (select recipient_key from orders where recipient_key > keys.recipient_key order by recipient_key limit 1) from keys
                 where keys.recipient_key is not null)
             select recipient_key as "Value" from keys where recipient_key is not null
             """).ToListAsync(cancellationToken);
    }

    internal static Task<int> ReencryptBatchAsync(
        OrdersDbContext db, RecipientProtector recipients, string oldKey, CancellationToken cancellationToken) =>
        db.Database.CreateExecutionStrategy().ExecuteAsync(async () =>
        {
            await using var transaction = await db.Database.BeginTransactionAsync(cancellationToken);
            var rows = await db.Database.SqlQuery<RecipientRow>(
                $"""
                 select order_id as "OrderId", recipient as "Data" from orders
                 where recipient_key = {oldKey} order by order_id limit {BatchSize} for update skip locked
                 """).ToListAsync(cancellationToken);
            foreach (var row in rows)
            {
                var reencrypted = recipients.Reprotect(row.OrderId, new EncryptedValue(oldKey, row.Data));
                await db.Database.ExecuteSqlAsync(
                    $"update orders set recipient = {reencrypted.Data}, recipient_key = {reencrypted.KeyId} where order_id = {row.OrderId}",
                    cancellationToken);
            }

            await transaction.CommitAsync(cancellationToken);
            return rows.Count;
        });

    private sealed record RecipientRow(Guid OrderId, byte[] Data);
}
