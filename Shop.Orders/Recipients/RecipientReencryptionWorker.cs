using System.Security.Cryptography;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;
using OpenTelemetry;
using Shop.Data.PersonalData;
using Shop.Orders.Data;
using Shop.Telemetry.Hosting;

namespace Shop.Orders.Recipients;

/// <summary>
/// Re-encrypts recipients from older keys to the current key, in batches, without downtime. A recipient that cannot be decrypted is logged
/// and skipped. The worker keeps checking, because a replica that is not restarted yet may still encrypt with an older key. A key can be
/// removed when no recipient uses it.
/// </summary>
internal sealed class RecipientReencryptionWorker(
    IServiceScopeFactory scopes,
    PersonalDataProtector protector,
    RecipientKeyCheck keys,
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

        // With a replaced secret every recipient would fail, and the key check reports it.
        if (keys.IsReplaced(protector.CurrentKeyId))
        {
            return;
        }

        var keysInUse = await GetKeysInUseAsync(db, cancellationToken);
        foreach (var oldKey in keysInUse.Intersect(protector.KeyIds).Where(key => key != protector.CurrentKeyId && !keys.IsReplaced(key)))
        {
            using var activity = ActivitySource.StartActivity("re-encrypt recipients");
            await keys.RecordCurrentKeyAsync(cancellationToken);
            await ReencryptAsync(db, recipients, oldKey, cancellationToken);
        }
    }

    private async Task ReencryptAsync(
        OrdersDbContext db, RecipientProtector recipients, string oldKey, CancellationToken cancellationToken)
    {
        var reencrypted = 0;
        var last = Guid.Empty;
        while (await ReencryptBatchAsync(db, recipients, oldKey, last, cancellationToken) is { Last: { } batchEnd } batch)
        {
            last = batchEnd;
            reencrypted += batch.Reencrypted;
            foreach (var orderId in batch.Undecryptable)
            {
                log.RecipientNotReencrypted(orderId, oldKey);
            }
        }

        log.RecipientsReencrypted(reencrypted, oldKey, protector.CurrentKeyId);
        if (await CountAsync(db, oldKey, cancellationToken) is > 0 and var remaining)
        {
            log.RecipientsRemaining(remaining, oldKey);
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

    internal static Task<int> CountAsync(OrdersDbContext db, string key, CancellationToken cancellationToken) =>
        db.Database.SqlQuery<int>($"""select count(*)::int as "Value" from orders where recipient_key = {key}""")
            .SingleAsync(cancellationToken);

    internal static Task<Batch> ReencryptBatchAsync(
        OrdersDbContext db, RecipientProtector recipients, string oldKey, Guid after, CancellationToken cancellationToken) =>
        db.Database.CreateExecutionStrategy().ExecuteAsync(async () =>
        {
            await using var transaction = await db.Database.BeginTransactionAsync(cancellationToken);
            var rows = await db.Database.SqlQuery<RecipientRow>(
                $"""
                 select order_id as "OrderId", recipient as "Data" from orders
                 where recipient_key = {oldKey} and order_id > {after} order by order_id limit {BatchSize} for update skip locked
                 """).ToListAsync(cancellationToken);
            var undecryptable = new List<Guid>();
            foreach (var row in rows)
            {
                EncryptedValue reencrypted;
                try
                {
                    reencrypted = recipients.Reprotect(row.OrderId, new EncryptedValue(oldKey, row.Data));
                }
                catch (CryptographicException)
                {
                    undecryptable.Add(row.OrderId);
                    continue;
                }

                await db.Database.ExecuteSqlAsync(
                    $"update orders set recipient = {reencrypted.Data}, recipient_key = {reencrypted.KeyId} where order_id = {row.OrderId}",
                    cancellationToken);
            }

            await transaction.CommitAsync(cancellationToken);
            return new Batch(rows.Count > 0 ? rows[^1].OrderId : null, rows.Count - undecryptable.Count, undecryptable);
        });

    /// <param name="Last">The last order of the batch; null when no order is left.</param>
    /// <param name="Reencrypted">The number of recipients that were re-encrypted.</param>
    /// <param name="Undecryptable">The orders whose recipients cannot be decrypted.</param>
    internal sealed record Batch(Guid? Last, int Reencrypted, IReadOnlyList<Guid> Undecryptable);

    private sealed record RecipientRow(Guid OrderId, byte[] Data);
}
