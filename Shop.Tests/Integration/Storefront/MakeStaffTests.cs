using System.Diagnostics;
using System.Runtime.Versioning;
using Npgsql;
using Shop.Tests.Integration.Support;
using Shop.Tests.Support;

namespace Shop.Tests.Integration.Storefront;

/// <summary>
/// <c>deploy/compose/make-staff</c>. A script takes the place of <c>docker compose exec</c>: it runs the same command beside the server.
/// </summary>
[Collection(WholeApplication.Name)]
[UnsupportedOSPlatform("windows")]
public sealed class MakeStaffTests(ShopApp shop)
{
    private const string StaffQuery =
        """
        select count(*) from user_roles join users on users.id = user_id join roles on roles.id = role_id
        where email = $1 and roles.name = 'staff'
        """;

    [LocalServersFact]
    public async Task Account_has_the_role_staff_after_make_staff_and_an_unknown_account_is_reported()
    {
        var email = $"{Guid.NewGuid():n}@example.org";
        var identity = new Database(shop, "identitydb");
        await identity.RunAsync(
            """
            insert into users (id, user_name, normalized_user_name, email, normalized_email,
                email_confirmed, phone_number_confirmed, two_factor_enabled, lockout_enabled, access_failed_count)
            values ($1, $2, upper($2), $2, upper($2), false, false, false, false, 0)
            """,
            Guid.NewGuid(),
            email);

        Assert.Equal((0, ""), await MakeStaffAsync(email));
        Assert.Equal((0, ""), await MakeStaffAsync(email));
        Assert.Equal(1, await identity.ReadAsync<long>(StaffQuery, email));
        Assert.Equal((1, "There is no account with the address nobody@example.org.\n"), await MakeStaffAsync("nobody@example.org"));
        Assert.Equal(1, (await MakeStaffAsync("'; drop table user_roles; --")).ExitCode);
    }

    private async Task<(int ExitCode, string Error)> MakeStaffAsync(string email)
    {
        var server = new NpgsqlConnectionStringBuilder(await shop.ConnectionStringAsync("postgres"));
        var compose = Path.Combine(Directory.CreateTempSubdirectory("shop-tests-").FullName, "compose");
        // exec -T postgres COMMAND
        await File.WriteAllTextAsync(compose, "#!/bin/sh\nshift 3\nexec \"$@\"\n");
        File.SetUnixFileMode(compose, UnixFileMode.UserRead | UnixFileMode.UserExecute);
        try
        {
            var program = Path.Combine(Repository.Root, "deploy", "compose", "make-staff");
            using var process = Process.Start(new ProcessStartInfo(program, [email])
            {
                RedirectStandardError = true,
                Environment =
                {
                    ["COMPOSE"] = compose,
                    ["PGPORT"] = $"{server.Port}",
                    ["POSTGRES_PASSWORD"] = server.Password,
                },
            })!;
            var error = await process.StandardError.ReadToEndAsync();
            await process.WaitForExitAsync();
            return (process.ExitCode, error);
        }
        finally
        {
            Directory.Delete(Path.GetDirectoryName(compose)!, recursive: true);
        }
    }
}
