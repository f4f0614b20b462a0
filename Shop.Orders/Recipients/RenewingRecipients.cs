using System.Diagnostics;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;
using OpenTelemetry;
using Shop.Data.PersonalData;
using Shop.Orders.Storage;

namespace Shop.Orders.Recipients;

/// <summary>
/// Brings what older keys encrypted under the one that writes now, a few orders at a time, while the shop is open. Goes on looking, since
/// a replica that is not restarted yet may still write with an older key. When it finds no more, the older keys can be taken away.
/// </summary>
internal sealed class RenewingRecipients(
    IServiceScopeFactory scopes, PersonalDataProtector cipher, IOptions<RecipientOptions> options, TimeProvider time, IHostEnvironment host, ILogger<RenewingRecipients> log)
    : BackgroundService
{
    private const int Batch = 100;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var source = new ActivitySource(host.ApplicationName);
        using var timer = new PeriodicTimer(options.Value.RenewEvery, time);
        do
        {
            try
            {
                await RenewAsync(source, stoppingToken);
            }
            catch (Exception exception) when (!stoppingToken.IsCancellationRequested)
            {
                log.RenewalFailed(exception);
            }
        }
        while (await timer.WaitForNextTickAsync(stoppingToken));
    }

    private async Task RenewAsync(ActivitySource source, CancellationToken cancellationToken)
    {
        await using var scope = scopes.CreateAsyncScope();
        var db = scope.ServiceProvider.GetRequiredService<OrdersDb>();
        var vault = scope.ServiceProvider.GetRequiredService<RecipientVault>();

        var inUse = await KeysInUseAsync(db, cancellationToken);
        if (inUse.Except(cipher.KeyIds).ToArray() is { Length: > 0 } missing)
            log.KeysMissing(missing);

        foreach (var old in inUse.Intersect(cipher.KeyIds).Where(key => key != cipher.CurrentKeyId))
        {
            using var activity = source.StartActivity("renew recipients");
            var renewed = 0;
            while (await RenewBatchAsync(db, vault, old, cancellationToken) is > 0 and var more)
                renewed += more;
            log.RecipientsRenewed(renewed, old, cipher.CurrentKeyId);
        }
    }

    internal static async Task<List<string>> KeysInUseAsync(OrdersDb db, CancellationToken cancellationToken)
    {
        using var silence = SuppressInstrumentationScope.Begin();
        // From one key to the next over the index; "distinct" would read all orders there ever were.
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

    internal static Task<int> RenewBatchAsync(OrdersDb db, RecipientVault vault, string old, CancellationToken cancellationToken) =>
        db.Database.CreateExecutionStrategy().ExecuteAsync(async () =>
        {
            await using var transaction = await db.Database.BeginTransactionAsync(cancellationToken);
            var rows = await db.Database.SqlQuery<Row>(
                $"""
                 select order_id as "OrderId", recipient as "Data" from orders
                 where recipient_key = {old} order by order_id limit {Batch} for update skip locked
                 """).ToListAsync(cancellationToken);
            foreach (var row in rows)
            {
                var renewed = vault.Renew(row.OrderId, new EncryptedValue(old, row.Data));
                await db.Database.ExecuteSqlAsync(
                    $"update orders set recipient = {renewed.Data}, recipient_key = {renewed.KeyId} where order_id = {row.OrderId}", cancellationToken);
            }

            await transaction.CommitAsync(cancellationToken);
            return rows.Count;
        });

    private sealed record Row(Guid OrderId, byte[] Data);
}
