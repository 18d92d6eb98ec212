/* daemon/notify/in_flight.h: what a receiver has read, by what the kernel counts for real sockets. */

#include <linux/sockios.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "harness.h"
#include "notify/in_flight.h"

#define ALERTS_MAX 64

static const int types[] = { SOCK_STREAM, SOCK_SEQPACKET, SOCK_DGRAM };

static struct scene {
        struct in_flight list;
        struct rendered_alert alerts[ALERTS_MAX];
        unsigned n_alerts, n_taken;
        int sender, receiver;
} scene;

static void begin(int type)
{
        int fds[2];

        scene = (struct scene){ .sender = -1 };
        ck_assert_int_eq(socketpair(AF_UNIX, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, fds), 0);
        scene.sender = fds[0];
        scene.receiver = fds[1];
        ck_assert_int_eq(in_flight_init(&scene.list), 0);
}

static void end(void)
{
        bool is_spooled;

        in_flight_rewind(&scene.list);
        while (in_flight_next(&scene.list))
                (void)in_flight_take_next(&scene.list, &is_spooled);
        in_flight_done(&scene.list);
        (void)close(scene.sender);
        (void)close(scene.receiver);
}

static size_t queued(void)
{
        int bytes;

        ck_assert_int_eq(ioctl(scene.sender, SIOCOUTQ, &bytes), 0);
        return (size_t)bytes;
}

static void add(size_t length)
{
        struct rendered_alert *alert = &scene.alerts[scene.n_alerts++];

        alert->json_length = length;
        ck_assert(in_flight_has_room(&scene.list));
        in_flight_add(&scene.list, alert, false);
}

/* Sends so many bytes of the next alert. */
static void send_part(size_t length)
{
        static const char data[100000];
        size_t before = queued();

        ck_assert_int_eq(send(scene.sender, data, length, 0), (ssize_t)length);
        in_flight_set_sent(&scene.list, length, before, queued());
}

static void send_alert(size_t length)
{
        add(length);
        send_part(length);
        in_flight_set_whole(&scene.list);
}

static void receive(size_t length)
{
        static char data[100000];

        ck_assert_int_eq(recv(scene.receiver, data, length, 0), (ssize_t)length);
}

/* How many alerts are known to be read, up to now; they are the oldest. */
static unsigned n_read(void)
{
        const struct rendered_alert *alert;
        bool is_spooled;

        while ((alert = in_flight_take_read(&scene.list, queued(), &is_spooled)))
                ck_assert_ptr_eq(alert, &scene.alerts[scene.n_taken++]);
        return scene.n_taken;
}

START_TEST(test_each_alert_is_known_when_it_was_read)
{
        static const size_t lengths[] = { 1, 700, 4000, 2, 9000, 40, 20000, 1300 };

        for (size_t t = 0; t < COUNT(types); t++) {
                begin(types[t]);
                for (unsigned i = 0; i < COUNT(lengths); i++)
                        send_alert(lengths[i]);
                ck_assert_uint_eq(n_read(), 0);
                for (unsigned i = 0; i < COUNT(lengths); i++) {
                        receive(lengths[i]);
                        ck_assert_uint_eq(n_read(), i + 1);
                }
                end();
        }
}
END_TEST

START_TEST(test_what_was_read_in_part_is_unread)
{
        begin(SOCK_STREAM);
        send_alert(3000);
        send_alert(3000);
        receive(3001);
        ck_assert_uint_eq(n_read(), 1);
        receive(2998);
        ck_assert_uint_eq(n_read(), 1);
        receive(1);
        ck_assert_uint_eq(n_read(), 2);
        end();
}
END_TEST

/* The kernel took the first alert in pieces, and of the third only a piece yet. */
START_TEST(test_alerts_sent_in_pieces)
{
        begin(SOCK_STREAM);
        add(3000);
        send_part(1000);
        send_part(500);
        send_part(1500);
        in_flight_set_whole(&scene.list);
        send_alert(10);
        add(2000);
        send_part(50);
        receive(2999);
        ck_assert_uint_eq(n_read(), 0);
        receive(1);
        ck_assert_uint_eq(n_read(), 1);
        receive(60);
        ck_assert_uint_eq(n_read(), 2); /* the third was not sent whole */
        send_part(1950);
        in_flight_set_whole(&scene.list);
        ck_assert_uint_eq(n_read(), 2);
        receive(1950);
        ck_assert_uint_eq(n_read(), 3);
        end();
}
END_TEST

/* Then what a send() adds to the kernel's count is less than its buffers. None is taken for read that isn't; in the end all are. */
START_TEST(test_receiver_that_reads_between_a_send_and_the_question)
{
        for (unsigned n_before = 0; n_before <= 10; n_before++) {
                size_t before;
                char data[3000] = { 0 };

                begin(SOCK_SEQPACKET);
                for (unsigned i = 0; i < 10; i++)
                        send_alert(3000);
                add(3000);
                before = queued();
                ck_assert_int_eq(send(scene.sender, data, sizeof(data), 0), 3000);
                for (unsigned i = 0; i < n_before; i++)
                        receive(3000);
                in_flight_set_sent(&scene.list, 3000, before, queued());
                in_flight_set_whole(&scene.list);
                ck_assert_uint_le(n_read(), n_before);
                for (unsigned i = n_before; i < 10; i++) {
                        receive(3000);
                        ck_assert_uint_le(n_read(), i + 1);
                }
                receive(3000);
                ck_assert_uint_eq(n_read(), 11);
                end();
        }
}
END_TEST

/* While the kernel releases a buffer, it counts a byte of it. */
START_TEST(test_a_byte_that_is_still_counted_is_no_alert)
{
        bool is_spooled;

        begin(SOCK_STREAM);
        send_alert(1);
        ck_assert_ptr_null(in_flight_take_read(&scene.list, queued(), &is_spooled));
        ck_assert_ptr_null(in_flight_take_read(&scene.list, 250, &is_spooled)); /* less than any buffer has */
        ck_assert_ptr_eq(in_flight_take_read(&scene.list, 1, &is_spooled), &scene.alerts[0]);
        end();
}
END_TEST

START_TEST(test_after_a_loss_all_are_sent_again_in_order)
{
        bool is_spooled;

        begin(SOCK_STREAM);
        for (unsigned i = 0; i < 3; i++)
                send_alert(100);
        add(100);
        send_part(50);
        add(100);
        receive(100);
        ck_assert_uint_eq(n_read(), 1);
        in_flight_rewind(&scene.list);
        ck_assert_uint_eq(n_read(), 1);
        ck_assert_uint_eq(scene.list.sent_bytes, 0);
        for (unsigned i = 1; i < 5; i++) {
                ck_assert_ptr_eq(in_flight_next(&scene.list)->alert, &scene.alerts[i]);
                send_part(100);
                in_flight_set_whole(&scene.list);
        }
        ck_assert_ptr_null(in_flight_next(&scene.list));
        ck_assert_ptr_eq(in_flight_take_read(&scene.list, 0, &is_spooled), &scene.alerts[1]);
        end();
}
END_TEST

/* One in the middle that is too old, or too large for a message. */
START_TEST(test_the_next_can_be_taken_out)
{
        bool is_spooled;

        begin(SOCK_STREAM);
        send_alert(100);
        send_alert(200);
        add(300);
        add(400);
        in_flight_set_spooled(&scene.list, in_flight_find(&scene.list, &scene.alerts[2]));
        ck_assert_uint_eq(scene.list.n_spooled, 1);
        ck_assert_ptr_eq(in_flight_take_next(&scene.list, &is_spooled), &scene.alerts[2]);
        ck_assert(is_spooled);
        ck_assert_uint_eq(scene.list.n_spooled, 0);
        ck_assert_uint_eq(scene.list.n_bytes, 700);
        ck_assert_ptr_null(in_flight_find(&scene.list, &scene.alerts[2]));
        ck_assert_ptr_eq(in_flight_next(&scene.list)->alert, &scene.alerts[3]);
        receive(300);
        ck_assert_uint_eq(n_read(), 2);
        end();
}
END_TEST

START_TEST(test_what_is_being_written_to_disk_stays)
{
        begin(SOCK_STREAM);
        send_alert(100);
        in_flight_at(&scene.list, 0)->is_writing = true;
        receive(100);
        ck_assert_uint_eq(n_read(), 0);
        in_flight_at(&scene.list, 0)->is_writing = false;
        ck_assert_uint_eq(n_read(), 1);
        end();
}
END_TEST

START_TEST(test_limits)
{
        struct rendered_alert alert = { .json_length = 1000 };
        bool is_spooled;

        begin(SOCK_STREAM);
        for (unsigned i = 0; i < IN_FLIGHT_ALERTS_MAX; i++) {
                ck_assert(in_flight_has_room(&scene.list));
                in_flight_add(&scene.list, &alert, false);
        }
        ck_assert(!in_flight_has_room(&scene.list));
        (void)in_flight_take_next(&scene.list, &is_spooled);
        ck_assert(in_flight_has_room(&scene.list));
        alert.json_length = 0; /* as if that were of none */
        end();

        begin(SOCK_STREAM);
        alert.json_length = IN_FLIGHT_BYTES_MAX - 1;
        in_flight_add(&scene.list, &alert, false);
        ck_assert(in_flight_has_room(&scene.list));
        alert.json_length = IN_FLIGHT_BYTES_MAX;
        (void)in_flight_take_next(&scene.list, &is_spooled);
        scene.list.n_bytes = 0;
        in_flight_add(&scene.list, &alert, false);
        ck_assert(!in_flight_has_room(&scene.list));
        end();
}
END_TEST

TEST_MAIN("in_flight", CASE(test_each_alert_is_known_when_it_was_read), CASE(test_what_was_read_in_part_is_unread),
          CASE(test_alerts_sent_in_pieces), CASE(test_receiver_that_reads_between_a_send_and_the_question),
          CASE(test_a_byte_that_is_still_counted_is_no_alert), CASE(test_after_a_loss_all_are_sent_again_in_order),
          CASE(test_the_next_can_be_taken_out), CASE(test_what_is_being_written_to_disk_stays), CASE(test_limits))
