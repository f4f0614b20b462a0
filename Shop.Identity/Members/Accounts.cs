using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Identity;
using Microsoft.EntityFrameworkCore;
using Npgsql;
using Shop.Identity.Data;

namespace Shop.Identity.Members;

/// <summary>Signs people in and registers members.</summary>
internal sealed class Accounts(
    UserManager<ShopUser> users, SignInManager<ShopUser> signIn, IdentityDbContext db, TimeProvider time, ILogger<Accounts> log)
{
    // Of two replicas, one of which has locked the account.
    private static readonly TimeSpan _clockDifference = TimeSpan.FromMinutes(1);

    // Verified for an address without an account, so that the response takes as long as for one with an account.
    private static readonly ShopUser _nobody = new();
    private static readonly string _nobodysHash = new PasswordHasher<ShopUser>().HashPassword(_nobody, Guid.NewGuid().ToString());

    /// <summary>
    /// Returns the person who is signed in at this browser; null without a session, and if the account was deleted or locked by staff, or
    /// has other credentials since the sign-in.
    /// </summary>
    /// <param name="http">The request.</param>
    public async Task<ShopUser?> FindSignedInAsync(HttpContext http)
    {
        var session = await http.AuthenticateAsync(IdentityConstants.ApplicationScheme);
        return await signIn.ValidateSecurityStampAsync(session.Principal) is { } user && !IsLockedByStaff(user) ? user : null;
    }

    /// <summary>
    /// Determines whether staff has locked an account: for longer than wrong passwords lock it. Those do not end the sessions of the owner,
    /// whom everybody could sign out otherwise.
    /// </summary>
    /// <param name="user">The account.</param>
    public bool IsLockedByStaff(ShopUser user) =>
        user.LockoutEnd is { } end && end > time.GetUtcNow() + users.Options.Lockout.DefaultLockoutTimeSpan + _clockDifference;

    /// <summary>Signs a person in.</summary>
    /// <param name="email">The email address.</param>
    /// <param name="password">The password.</param>
    /// <returns>
    /// <see langword="false"/> if there is no such account, the password is wrong, or the account is locked: the caller cannot tell which.
    /// </returns>
    public async Task<bool> SignInAsync(string email, string password)
    {
        var user = await users.FindByEmailAsync(email);
        if (user is null)
        {
            users.PasswordHasher.VerifyHashedPassword(_nobody, _nobodysHash, password);
            return false;
        }

        // A process that ended in the middle of the registration has left the account without it.
        if ((await users.GetRolesAsync(user)).Count == 0)
        {
            await users.AddToRoleAsync(user, Roles.Member);
        }

        var result = await signIn.PasswordSignInAsync(user, password, isPersistent: false, lockoutOnFailure: true);
        if (result.IsLockedOut)
        {
            log.AccountLocked(user.Id);
        }

        return result.Succeeded;
    }

    /// <summary>Creates the account of a member and signs the member in.</summary>
    /// <param name="email">The email address.</param>
    /// <param name="password">The password.</param>
    public async Task<RegistrationResult> RegisterAsync(string email, string password)
    {
        // Before the account is looked for, so that a weak password does not tell whether there is one.
        var user = new ShopUser { Id = Guid.NewGuid(), UserName = email, Email = email };
        foreach (var validator in users.PasswordValidators)
        {
            if (!(await validator.ValidateAsync(users, user, password)).Succeeded)
            {
                return RegistrationResult.WeakPassword;
            }
        }

        // With the right password, the owner of an existing account is signed in.
        if (await users.FindByEmailAsync(email) is not null)
        {
            return await SignInRegisteredAsync(email, password);
        }

        try
        {
            if (!(await users.CreateAsync(user, password)).Succeeded)
            {
                return await SignInRegisteredAsync(email, password);
            }
        }
        catch (DbUpdateException exception)
            when (exception.InnerException is PostgresException { SqlState: PostgresErrorCodes.UniqueViolation })
        {
            return await SignInRegisteredAsync(email, password);
        }

        await users.AddToRoleAsync(user, Roles.Member);
        log.MemberRegistered(user.Id);
        await signIn.SignInAsync(user, isPersistent: false);
        return RegistrationResult.SignedIn;
    }

    // Also when another request has just registered the same address, as a double click does.
    private async Task<RegistrationResult> SignInRegisteredAsync(string email, string password)
    {
        db.ChangeTracker.Clear();
        return await SignInAsync(email, password) ? RegistrationResult.SignedIn : RegistrationResult.Rejected;
    }
}

/// <summary>The outcome of a registration.</summary>
internal enum RegistrationResult
{
    /// <summary>The member is signed in.</summary>
    SignedIn,

    /// <summary>The password is short or easy to guess.</summary>
    WeakPassword,

    /// <summary>The address cannot be registered. The response does not contain the reason.</summary>
    Rejected,
}
