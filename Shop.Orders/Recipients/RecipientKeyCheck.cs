using System.Collections.Frozen;
using System.Security.Cryptography;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using OpenTelemetry;
using Shop.Data;
using Shop.Data.PersonalData;
using Shop.Orders.Data;

namespace Shop.Orders.Recipients;

/// <summary>
/// Compares the configured keys with those that encrypted the stored recipients, at the start and with every health check. The database
/// has a fingerprint of the secret of each key that has encrypted a recipient, so a secret that was replaced under the same name is noticed
/// before it encrypts anything.
/// </summary>
internal sealed class RecipientKeyCheck(
    IServiceScopeFactory scopes, PersonalDataProtector protector, ILogger<RecipientKeyCheck> log) : IHostedService, IHealthCheck
{
    private const int SampleSize = 5;

    private FrozenSet<string> _replaced = [];
    private FrozenSet<string> _missing = [];
    private volatile bool _isCurrentKeyRecorded;

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        try
        {
            await CompareAsync(cancellationToken);
        }
        catch (Exception exception) when (DatabaseErrors.IsTransient(exception))
        {
            log.RecipientKeysNotCompared(exception); // the next health check compares them
        }
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>
    /// Unhealthy when a secret was replaced: the stored recipients cannot be decrypted, and new ones must not be encrypted. Degraded when
    /// keys are missing: only their recipients cannot be decrypted.
    /// </summary>
    public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        await CompareAsync(cancellationToken);
        return this switch
        {
            { _replaced.Count: > 0 } => HealthCheckResult.Unhealthy(
                $"The secrets of these keys are not those that encrypted the stored recipients: {string.Join(", ", _replaced)}."),
            { _missing.Count: > 0 } => HealthCheckResult.Degraded(
                $"Recipients are encrypted with keys that are not configured: {string.Join(", ", _missing)}."),
            _ => HealthCheckResult.Healthy("The configured keys decrypt the stored recipients."),
        };
    }

    /// <summary>
    /// Records the fingerprint of the current key before it encrypts the first recipient. Of replicas with different secrets, the first one
    /// records its own, and the others encrypt nothing.
    /// </summary>
    /// <exception cref="CryptographicException">The secret of the key is not the one that encrypted the stored recipients.</exception>
    public async Task RecordCurrentKeyAsync(CancellationToken cancellationToken)
    {
        var keyId = protector.CurrentKeyId;
        if (!IsReplaced(keyId) && !_isCurrentKeyRecorded)
        {
            await using var scope = scopes.CreateAsyncScope();
            var db = scope.ServiceProvider.GetRequiredService<OrdersDbContext>();
            _isCurrentKeyRecorded = await IsKnownAsync(db, keyId, cancellationToken)
                && await AddFingerprintAsync(db, keyId, cancellationToken);
        }

        if (IsReplaced(keyId) || !_isCurrentKeyRecorded)
        {
            throw new CryptographicException(
                $"The secret of the key '{keyId}' is not the one that encrypted the stored recipients. Nothing is encrypted with it.");
        }
    }

    /// <summary>Whether the secret of a key is not the one that encrypted the stored recipients.</summary>
    public bool IsReplaced(string keyId) => _replaced.Contains(keyId);

    private async Task CompareAsync(CancellationToken cancellationToken)
    {
        // The comparison creates no spans: orchestrators ask for the health every few seconds.
        using var suppression = SuppressInstrumentationScope.Begin();
        await using var scope = scopes.CreateAsyncScope();
        var db = scope.ServiceProvider.GetRequiredService<OrdersDbContext>();

        var replaced = new HashSet<string>();
        foreach (var keyId in protector.KeyIds)
        {
            if (!await IsKnownAsync(db, keyId, cancellationToken))
            {
                replaced.Add(keyId);
            }
        }

        var missing = (await RecipientReencryptionWorker.GetKeysInUseAsync(db, cancellationToken)).Except(protector.KeyIds).ToHashSet();
        foreach (var keyId in replaced.Except(_replaced))
        {
            log.RecipientKeyReplaced(keyId);
        }

        if (missing.Except(_missing).ToArray() is { Length: > 0 } newlyMissing)
        {
            log.RecipientKeysMissing(newlyMissing);
        }

        (_replaced, _missing) = (replaced.ToFrozenSet(), missing.ToFrozenSet());
    }

    // The stored recipients are the evidence for a fingerprint. A key without one is known if its secret decrypts one of them, since single
    // recipients may be damaged, or if there are none. A fingerprint is replaced only if another secret decrypts all of the sample.
    private async Task<bool> IsKnownAsync(OrdersDbContext db, string keyId, CancellationToken cancellationToken)
    {
        var fingerprint = protector.GetFingerprint(keyId);
        var known = await FindFingerprintAsync(db, keyId, cancellationToken);
        if (known == fingerprint)
        {
            return true;
        }

        var recipients = await GetSampleAsync(db, keyId, cancellationToken);
        return known is null
            ? recipients.Count == 0 || (recipients.Any(CanDecrypt) && await AddFingerprintAsync(db, keyId, cancellationToken))
            : recipients.Count > 0 && recipients.All(CanDecrypt)
                && await ReplaceFingerprintAsync(db, keyId, known, fingerprint, cancellationToken) > 0;

        bool CanDecrypt(RecipientRow recipient)
        {
            try
            {
                protector.Unprotect(new(keyId, recipient.Data), RecipientProtector.GetAssociatedData(recipient.OrderId));
                return true;
            }
            catch (CryptographicException)
            {
                return false;
            }
        }
    }

    internal static Task<string?> FindFingerprintAsync(OrdersDbContext db, string keyId, CancellationToken cancellationToken) =>
        db.RecipientKeys.Where(key => key.KeyId == keyId).Select(key => key.Fingerprint).SingleOrDefaultAsync(cancellationToken);

    internal static Task<List<RecipientRow>> GetSampleAsync(OrdersDbContext db, string keyId, CancellationToken cancellationToken) =>
        db.Database.SqlQuery<RecipientRow>(
            $"""
             select order_id as "OrderId", recipient as "Data" from orders
             where recipient_key = {keyId} order by order_id limit {SampleSize}
             """).ToListAsync(cancellationToken);

    internal static Task<int> AddFingerprintAsync(
        OrdersDbContext db, string keyId, string fingerprint, CancellationToken cancellationToken) =>
        db.Database.ExecuteSqlAsync(
            $"insert into recipient_keys (key_id, fingerprint) values ({keyId}, {fingerprint}) on conflict (key_id) do nothing",
            cancellationToken);

    // Not one that another replica has replaced meanwhile.
    internal static Task<int> ReplaceFingerprintAsync(
        OrdersDbContext db, string keyId, string known, string fingerprint, CancellationToken cancellationToken) =>
        db.Database.ExecuteSqlAsync(
            $"update recipient_keys set fingerprint = {fingerprint} where key_id = {keyId} and fingerprint = {known}", cancellationToken);

    // Returns false if another secret was recorded first.
    private async Task<bool> AddFingerprintAsync(OrdersDbContext db, string keyId, CancellationToken cancellationToken)
    {
        var fingerprint = protector.GetFingerprint(keyId);
        await AddFingerprintAsync(db, keyId, fingerprint, cancellationToken);
        return await FindFingerprintAsync(db, keyId, cancellationToken) == fingerprint;
    }

    internal sealed record RecipientRow(Guid OrderId, byte[] Data);
}
